// How this room opens kafkajs: sockets, log and time limits, the same for consumers, admin requests and our own connections.
import type { Socket } from 'node:net'
import type { ISocketFactory, Kafka, LogEntry, logCreator, RetryOptions } from 'kafkajs'
import type { KafkaConfig } from '../config/settings.ts'
import { registerCodecs } from './codecs.ts'
import { kafkajs } from './internals.ts'
import { openSocket, saslOf } from './secure.ts'

/** What is told, in the way pino takes it. kafkajs's own lines all come at `debug`. */
export type BrokerLog = {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

registerCodecs()

/**
 * Makes sockets for kafkajs and keeps those that are open in `sockets`. kafkajs never listens to 'close', so a
 * connection that ends without 'end' or 'error' would leave its requests waiting; here it becomes an error.
 */
export const socketFactory =
  (config: Pick<KafkaConfig, 'ssl'>, sockets?: Set<Socket>): ISocketFactory =>
  ({ host, port, onConnect }) => {
    const socket = openSocket(config, { host, port }, onConnect)
    let over = false
    const onOver = () => {
      over = true
    }
    sockets?.add(socket)
    socket.once('end', onOver)
    socket.once('error', onOver)
    socket.once('close', () => {
      sockets?.delete(socket)
      if (!over) socket.emit('error', new Error('the connection was closed'))
    })
    return socket
  }

const pace: RetryOptions = { initialRetryTime: 50, maxRetryTime: 250, multiplier: 1.5 }
const endless = 1_000_000

/**
 * Retries inside kafkajs, for its consumers: they go on through an outage of any length with their member id, but not
 * past `ended`. kafkajs compares with `retries` before each one, and has no other way to be told.
 */
export const retryUntil = (ended: AbortSignal): RetryOptions => ({
  ...pace,
  retries: { valueOf: () => (ended.aborted ? 0 : endless) } as unknown as number,
  restartOnFailure: () => Promise.resolve(!ended.aborted),
})

/** For requests that our own loops repeat. */
export const shortRetry: RetryOptions = { ...pace, retries: 2 }

const toLogCreator =
  (log: BrokerLog): logCreator =>
  () =>
  ({ namespace, label, log: { message, ...fields } }: LogEntry) =>
    log.debug({ ...fields, kafkajs: namespace, level: label }, message)

export type ClientOptions = {
  readonly log: BrokerLog
  /** Shown by Kafka for this client; default `kafka.clientId`. */
  readonly clientId?: string
  readonly retry?: RetryOptions
}

/** A kafkajs client. It opens nothing by itself. */
export const createKafka = (config: KafkaConfig, { log, clientId, retry }: ClientOptions): Kafka => {
  const sasl = saslOf(config)
  return new kafkajs.Kafka({
    brokers: [...config.brokers],
    clientId: clientId ?? config.clientId,
    connectionTimeout: config.connectionTimeout,
    requestTimeout: config.requestTimeout,
    enforceRequestTimeout: true,
    retry: retry ?? shortRetry,
    socketFactory: socketFactory(config),
    ...(sasl === undefined ? {} : { sasl }),
    // kafkajs's debug lines cost time for each request, so they are not even made; its warnings become our debug.
    logLevel: kafkajs.logLevel.WARN,
    logCreator: toLogCreator(log),
  })
}
