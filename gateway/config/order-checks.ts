// Numbers that must stand in an order: lengths of time and sizes that are right one by one but not together.
import type { Finding } from './problem.ts'
import type { Config } from './settings.ts'
import { valueAt } from './tree.ts'
import { durationText, sizeText } from './units.ts'

type Order = {
  low: string
  high: string
  times?: number
  orEqual?: boolean
  text: (n: number) => string
  why: string
}

/** Each `low` must be under its `high`. */
const orders: readonly Order[] = [
  {
    low: 'delivery.leaseTtl',
    high: 'delivery.resumeWindow',
    text: durationText,
    why: 'a session must outlive the lease of the node it was on',
  },
  {
    low: 'heartbeat',
    high: 'delivery.resumeWindow',
    times: 2,
    text: durationText,
    why: 'a client reconnects after two silent heartbeats, and must then still find its session',
  },
  {
    low: 'health.canaryEvery',
    high: 'health.grace',
    text: durationText,
    why: 'a node would be unready between two canaries',
  },
  {
    low: 'kafka.stallAfter',
    high: 'kafka.requestTimeout',
    text: durationText,
    orEqual: true,
    why: 'a request that is given up cannot stall any longer',
  },
  {
    low: 'kafka.requestTimeout',
    high: 'kafka.publishTimeout',
    text: durationText,
    orEqual: true,
    why: 'a record is given the time of at least one request',
  },
  {
    low: 'drain.spread',
    high: 'drain.timeout',
    text: durationText,
    orEqual: true,
    why: 'it is a part of it',
  },
  {
    low: 'kafka.maxBatch',
    high: 'kafka.maxQueue',
    text: String,
    orEqual: true,
    why: 'a batch is taken from the queue',
  },
  {
    low: 'kafka.maxBatchBytes',
    high: 'kafka.maxQueueBytes',
    text: sizeText,
    orEqual: true,
    why: 'a batch is taken from the queue',
  },
  {
    low: 'limits.frame',
    high: 'kafka.maxBatchBytes',
    text: sizeText,
    why: 'a frame that was taken must fit into a produce request',
  },
  {
    low: 'limits.frame',
    high: 'limits.held',
    text: sizeText,
    orEqual: true,
    why: 'one frame must be holdable',
  },
  {
    low: 'delivery.maxDeliverySize',
    high: 'limits.outbox',
    text: sizeText,
    orEqual: true,
    why: 'every allowed delivery would close its socket as slow',
  },
  {
    low: 'heartbeat',
    high: 'delivery.confirmTimeout',
    text: durationText,
    why: 'a client that confirms what it hears would be closed before it hears of a position',
  },
  {
    low: 'delivery.maxUnconfirmed',
    high: 'delivery.maxPending',
    text: String,
    why: 'one client that does not confirm would hold up its whole slot',
  },
  {
    low: 'delivery.maxDeliverySize',
    high: 'delivery.maxResume',
    text: sizeText,
    why: 'a session that missed a single delivery could not come back',
  },
  {
    low: 'delivery.maxDeliverySize',
    high: 'limits.history',
    text: sizeText,
    orEqual: true,
    why: 'a single message of a channel must find room in its history',
  },
  {
    low: 'delivery.maxResume',
    high: 'delivery.maxResumes',
    text: sizeText,
    orEqual: true,
    why: 'one session that may come back must find room',
  },
]

/** Every pair of settings that stands in the wrong order. */
export const orderContradictions = (config: Config): readonly Finding[] =>
  orders.flatMap(({ low, high, times = 1, orEqual = false, text, why }) => {
    const [lowPath, highPath] = [low.split('.'), high.split('.')]
    const [lowValue, highValue] = [
      Number(valueAt(config, lowPath)) * times,
      Number(valueAt(config, highPath)),
    ]
    if (lowValue < highValue || (orEqual && lowValue === highValue)) return []
    const than = `${high} (${text(highValue)})`
    const limit = times === 1 ? than : `1/${times} of ${than}`
    const rule = orEqual ? 'must not be more than' : 'must be less than'
    return [
      { path: lowPath, message: `${text(lowValue / times)} ${rule} ${limit}: ${why}`, involves: [highPath] },
    ]
  })
