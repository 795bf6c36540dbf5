// Turns whatever kafkajs throws, and every error code of Kafka's, into one failure with a kind; no kafkajs error leaves this room.

/**
 * What a failed request means for whoever sent it:
 * `not-sent` no byte of it left · `unknown` it may have been carried out · `topic-missing` · `not-writable` refused for
 * good (rights, policy, topic name) · `invalid-record` and `too-large` one record of the batch is at fault · `moved` ask
 * another node · `busy` certainly not carried out, later perhaps · `fenced` the producer id is of no more use ·
 * `not-member` the group does not know this member · `rebalancing` the group is between two generations ·
 * `out-of-range` the log no longer, or not yet, has this offset.
 */
export type FailureKind =
  | 'not-sent'
  | 'unknown'
  | 'topic-missing'
  | 'not-writable'
  | 'invalid-record'
  | 'too-large'
  | 'moved'
  | 'busy'
  | 'fenced'
  | 'not-member'
  | 'rebalancing'
  | 'out-of-range'

const kinds: Readonly<Record<number, FailureKind>> = {
  1: 'out-of-range',
  2: 'busy', // CORRUPT_MESSAGE: refused before the append
  3: 'topic-missing',
  5: 'moved',
  6: 'moved',
  9: 'moved',
  10: 'too-large',
  14: 'moved', // the coordinator is loading, unavailable, or another
  15: 'moved',
  16: 'moved',
  17: 'not-writable',
  18: 'too-large',
  19: 'busy', // NOT_ENOUGH_REPLICAS, before the append (20, after it, is unknown)
  22: 'rebalancing', // ILLEGAL_GENERATION: there is a newer one
  25: 'not-member',
  27: 'rebalancing',
  29: 'not-writable',
  30: 'not-writable',
  31: 'not-writable',
  43: 'not-writable',
  44: 'not-writable',
  45: 'fenced', // OUT_OF_ORDER_SEQUENCE_NUMBER
  46: 'fenced', // DUPLICATE_SEQUENCE_NUMBER
  47: 'fenced', // INVALID_PRODUCER_EPOCH
  59: 'fenced', // UNKNOWN_PRODUCER_ID
  74: 'moved',
  75: 'moved',
  76: 'not-writable',
  82: 'not-member',
  87: 'invalid-record',
  89: 'busy',
  90: 'fenced',
}

/** What an error code of Kafka's means; `unknown` for those that leave the outcome open and for codes not listed. */
export const kindOfCode = (code: number): FailureKind => kinds[code] ?? 'unknown'

/** The only error this room throws. */
export class BrokerFailure extends Error {
  override readonly name = 'BrokerFailure'
  readonly kind: FailureKind
  constructor(kind: FailureKind, message: string) {
    super(message)
    this.kind = kind
  }
}

const neverSent = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSNotImplemented',
  'KafkaJSSASLAuthenticationError',
  'KafkaJSServerDoesNotSupportApiKey',
])
/** Of a connection that was never made. An error on one that was (`read ETIMEDOUT`) leaves the outcome open. */
const neverConnected =
  /^(Not connected|Connection timeout|Failed to connect|Connection error: (connect|getaddrinfo) )/

type Thrown = { name?: unknown; message?: unknown; code?: unknown; cause?: unknown }

/** The failure behind anything thrown; an error that tells nothing about its request is `unknown`. */
export const toFailure = (thrown: unknown): BrokerFailure => {
  if (thrown instanceof BrokerFailure) return thrown
  const { name, message, code, cause } = (thrown ?? {}) as Thrown
  const text = typeof message === 'string' ? message : String(thrown)
  // kafkajs wraps the last error of its retries; what that one says is what counts.
  if (name === 'KafkaJSNumberOfRetriesExceeded' && cause !== undefined) return toFailure(cause)
  if (typeof code === 'number') return new BrokerFailure(kindOfCode(code), text)
  if (typeof name === 'string' && neverSent.has(name)) return new BrokerFailure('not-sent', text)
  if (name === 'KafkaJSConnectionError' && neverConnected.test(text))
    return new BrokerFailure('not-sent', text)
  return new BrokerFailure('unknown', text)
}
