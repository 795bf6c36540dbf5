// What a failure of Kafka means for whoever asked, read from kafkajs's codes and never from its sentences.

/**
 * `again`: nothing is known, or it was certainly not done; the same once more. `fenced`: once more, but by a new producer.
 * `refused`: it is not stored and never will be as it is. `record-refused`: so, and a single record may be to blame.
 */
export type Verdict = 'again' | 'fenced' | 'refused' | 'record-refused'

const refused = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
])
const recordRefused = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
])
const fenced = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
])
/** The group has moved on without this member, or is about to. */
const departed = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])

type Thrown = { readonly type?: string; readonly retriable?: boolean; readonly cause?: unknown }

/** The failure at the bottom: kafkajs wraps the last one of its retries. */
const rootOf = (thrown: unknown): Thrown => {
  let root = (thrown ?? {}) as Thrown
  while (root.cause instanceof Error && root.cause !== root) root = root.cause
  return root
}

/** What a failed send means. Errors that are not Kafka's come from the records themselves. */
export const classify = (thrown: unknown): Verdict => {
  const { type, retriable } = rootOf(thrown)
  if (type !== undefined && recordRefused.has(type)) return 'record-refused'
  if (type !== undefined && refused.has(type)) return 'refused'
  if (type !== undefined) return fenced.has(type) ? 'fenced' : 'again'
  const root = rootOf(thrown)
  return root instanceof TypeError || root instanceof RangeError || retriable === false ? 'refused' : 'again'
}

/** Whether the group's partitions may be another's by now. */
export const isDeparted = (thrown: unknown): boolean => departed.has(rootOf(thrown).type ?? '')
