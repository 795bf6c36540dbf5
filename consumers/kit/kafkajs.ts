// The one place that loads kafkajs and opens it: sockets, time limits, codecs and log the same for everything the kit does.
import { createRequire } from 'node:module'
import type * as KafkaJs from 'kafkajs'
import { type KafkaAccess, type KafkaTls, openSocket, toSasl } from './access.ts'
import { readers } from './codecs.ts'
import type { KitLog } from './log.ts'

const load = createRequire(import.meta.url)

/** Required, not imported: codecs and error classes exist on the default export only. */
export const kafkajs = load('kafkajs') as typeof KafkaJs

type CodecFactory = () => {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>
  decompress(packed: Buffer): Promise<Buffer>
}
const codecs = kafkajs.CompressionCodecs as unknown as Record<number, CodecFactory>
const gzip = codecs[kafkajs.CompressionTypes.GZIP]?.()
for (const [id, decompress] of Object.entries(readers))
  codecs[Number(id)] = () => ({ ...(id === '1' ? gzip : {}), decompress }) as ReturnType<CodecFactory>

type RequestQueue = {
  pending: unknown[]
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
}
const { prototype: requestQueue } = load('kafkajs/src/network/requestQueue') as { prototype: RequestQueue }
/** Milliseconds after which a queue that is full is looked at again. */
const recheck = 10
// As it comes, each connection runs a timer of 1 ms for ever, and asks for negative times.
requestQueue.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return
  const look = () => {
    this.throttleCheckTimeoutId = null
    this.checkPendingRequests()
  }
  this.throttleCheckTimeoutId = setTimeout(look, Math.max(recheck, this.throttledUntil - Date.now()))
}

/** kafkajs does not listen to 'close', so a connection that ends with nothing else would leave its requests waiting. */
const socketFactory =
  (ssl: KafkaTls | undefined): KafkaJs.ISocketFactory =>
  ({ host, port, onConnect }) => {
    const socket = openSocket(ssl, { host, port }, onConnect)
    let over = false
    const onOver = () => {
      over = true
    }
    socket.once('end', onOver).once('error', onOver)
    socket.once('close', () => {
      if (!over) socket.emit('error', new Error('the connection was closed'))
    })
    return socket
  }

/** Waits between attempts, in ms, and how many: consumers go on for ever, which keeps their place in the group. */
const patience = { initialRetryTime: 50, maxRetryTime: 500, multiplier: 1.5 }
export const endless: KafkaJs.RetryOptions = { ...patience, retries: 1_000_000 }
export const brief: KafkaJs.RetryOptions = { ...patience, maxRetryTime: 250, retries: 5 }

export const createKafka = (
  options: KafkaAccess & { readonly clientId: string; readonly log: KitLog },
  retry: KafkaJs.RetryOptions,
): KafkaJs.Kafka =>
  new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: 1_000,
    requestTimeout: 10_000,
    enforceRequestTimeout: true,
    retry,
    socketFactory: socketFactory(options.ssl),
    ...(options.sasl === undefined ? {} : { sasl: toSasl(options.sasl) }),
    logLevel: kafkajs.logLevel.WARN,
    // What kafkajs warns of it also repairs, or it comes back to the kit as a failure.
    logCreator:
      () =>
      ({ namespace, log: { message, ...fields } }) =>
        options.log.debug({ ...fields, kafkajs: namespace }, message),
  })
