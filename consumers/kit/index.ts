// @openclaw/kit: all that programs may use, by name.
export { type KafkaAccess, type KafkaLogin, type KafkaTls, kafkaFromEnvironment } from './access.ts'
export {
  type Backend,
  type BackendOptions,
  type BackendSettings,
  createBackend,
  createBackendOn,
  type Health,
  type PublishOptions,
} from './backend.ts'
export { type Counters, toPrometheus } from './counters.ts'
export { createDirectory, type Directory, type DirectoryOptions, type RedisReader } from './directory.ts'
export type { Handler, HandlingOptions } from './handling.ts'
export type { KitLog } from './log.ts'
export type { Value } from './payload.ts'
export type { Outcome } from './receipts.ts'
export type { Received, ReplyOptions } from './received.ts'
export type { Place } from './record.ts'
export type { RepeatOptions } from './repeats.ts'
export type { SendOptions, Target, Targets } from './send.ts'
export type { Delivered, WaitOptions } from './sending.ts'
export type { Source, TypedReceived, TypedSource } from './source.ts'
export type { Transport } from './transport.ts'
export { Unprocessable } from './unprocessable.ts'
