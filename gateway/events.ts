// Everything that happens, one function each: the log line and the counter together, with labels of few values only.
import { createClientEvents } from './client-events.ts'
import { createCredentialEvents } from './credential-events.ts'
import { closes, type RefusalCode, type RejectionCode, type UndeliverableReason } from './errors.ts'
import { createLimitEvents } from './limit-events.ts'
import { capped, type Log, toText } from './log.ts'
import type { Metrics } from './metrics.ts'
import { createTableEvents } from './table-events.ts'

/** Where a record stands, for a log line. */
type At = { readonly topic: string; readonly partition: number; readonly offset: number }

const at = (record: At): string => `${record.topic}/${record.partition}/${record.offset}`

/** The clocks of others may be ahead, or say nothing; a histogram takes numbers only. */
const toSeconds = (ms: number): number => Math.max(0, ms) / 1000 || 0

/** Clients choose among thousands of codes; a label of each would cost memory for ever. */
const knownCloses: ReadonlySet<number> = new Set([
  ...Object.values(closes).map(({ code }) => code),
  1002,
  1003,
  1005,
  1007,
  1008,
])

export type Events = ReturnType<typeof createEvents>

export function createEvents(log: Log, metrics: Metrics) {
  const rulesFailed = new Set<string>()
  /** Feeds with a record that did not fit. */
  const feedsUnfit = new Set<string>()
  return {
    // Hot: once for each frame or delivery, so counters only.
    frame: (kind: string) => metrics.frames.inc({ kind }),
    published(latencyMs: number) {
      metrics.acks.inc()
      metrics.publishLatency.observe(latencyMs / 1000)
    },
    delivered(latencyMs: number) {
      metrics.deliveries.inc()
      metrics.deliveryLatency.observe(toSeconds(latencyMs))
    },
    refused: (code: RefusalCode) => metrics.refusals.inc({ code }),

    connectionOpened: (subprotocol: string) => metrics.opened.inc({ subprotocol }),
    ...createClientEvents(metrics),
    connectionClosed(code: number) {
      metrics.closed.inc({ code: knownCloses.has(code) ? String(code) : 'other' })
      log.debug({ code }, 'connection closed')
    },
    rejected(code: RejectionCode, address?: string) {
      metrics.rejections.inc({ code })
      log.debug({ code, address }, 'handshake rejected')
    },
    ...createLimitEvents(log, metrics),
    /** A claim that somebody does not have makes a rule fail: each is counted, the first of each rule is shown. */
    ruleFailed(setting: string, message: string) {
      metrics.ruleFailures.inc({ setting })
      if (rulesFailed.has(setting)) return
      rulesFailed.add(setting)
      log.warn({ setting, failure: capped(message) }, 'a rule failed, and so said no; shown once')
    },
    channelUnreadable(why: { reason: string; message: string }, record: At) {
      metrics.channelUnreadable.inc({ reason: why.reason })
      log.warn(
        { ...why, message: capped(why.message), record: at(record) },
        'record of a channel passed over',
      )
    },
    feedUnfit(feed: string, why: { reason: string; message: string }, record: At) {
      metrics.channelUnreadable.inc({ reason: why.reason })
      if (feedsUnfit.has(feed)) return
      feedsUnfit.add(feed)
      const shown = { feed, message: capped(why.message), record: at(record) }
      log.warn(shown, 'a record does not fit its feed and was passed over; shown once')
    },
    channelGap(topic: string, from: number, to: number) {
      metrics.channelGaps.inc()
      log.warn({ topic, from, to }, 'part of a channel topic was gone before it was read')
    },

    schemasChanged: (messages: number) => log.info({ messages }, 'schemas loaded anew'),
    schemasRefused: (why: string) =>
      log.error({ why: capped(why) }, 'changed schemas were refused; those from before stay'),
    schemaNumberUnknown: (subject: string, failure: unknown) =>
      log.warn({ subject, failure: toText(failure) }, 'the schema registry gives no number for a subject'),

    undeliverable(reason: UndeliverableReason, record: At) {
      metrics.undeliverable.inc({ reason })
      log.debug({ reason, record: at(record) }, 'delivery reached nobody')
    },
    forwarded(outcome: string, record: At) {
      metrics.forwards.inc({ outcome })
      if (outcome !== 'published') log.error({ outcome, record: at(record) }, 'delivery could not be sent on')
    },
    reported(outcome: string, record: At) {
      metrics.receipts.inc({ outcome })
      if (outcome !== 'published') log.error({ outcome, record: at(record) }, 'report could not be written')
    },
    quarantined(why: { reason: string; message: string }, record: At) {
      metrics.quarantined.inc({ reason: why.reason })
      log.warn({ ...why, message: capped(why.message), record: at(record) }, 'record quarantined')
    },
    deliveryFailed: (failure: unknown, record: At) =>
      log.error({ failure: toText(failure), record: at(record) }, 'the gateway failed at a delivery'),
    rangeLost(topic: string, from: number, to: number) {
      metrics.undeliverable.inc({ reason: 'lost-range' })
      log.error({ topic, from, to }, 'part of a log was gone before it was delivered')
    },
    canaryReturned: (latencyMs: number) => metrics.canaryLatency.observe(toSeconds(latencyMs)),

    slotTaken(slot: number, epoch: number) {
      metrics.slotChanges.inc({ change: 'taken' })
      log.info({ slot, epoch }, 'slot taken')
    },
    slotLost(slot: number, reason: string) {
      metrics.slotChanges.inc({ change: 'lost' })
      log.warn({ slot, reason }, 'slot lost')
    },
    slotAdopted(slot: number) {
      metrics.slotChanges.inc({ change: 'adopted' })
      log.info({ slot }, 'slot adopted: nobody holds it and its log is not settled')
    },
    slotGivenBack(slot: number) {
      metrics.slotChanges.inc({ change: 'given-back' })
      log.info({ slot }, 'adopted slot given back: its log is settled')
    },
    dispatchNotJoined: (topic: string, failure: unknown) =>
      log.warn({ topic, failure: toText(failure) }, 'dispatch or a feed is not read yet'),
    slotNotTaken: (why: string) => log.warn({ why: capped(why) }, 'no slot yet'),
    leaseRenewed(ok: boolean) {
      metrics.leases.inc({ outcome: ok ? 'ok' : 'unavailable' })
      if (!ok) log.warn('the lease could not be renewed: registry away')
    },
    registryRebuilt: (sessions: number, ms: number) =>
      log.info({ sessions, ms: Math.round(ms) }, 'registry rebuilt'),
    registryFailed: (what: string, failure: unknown) =>
      log.warn({ what, failure: toText(failure) }, 'registry failed'),

    watchdog(decision: string) {
      metrics.watchdog.inc({ decision })
      log.error({ decision }, 'this node does not hear itself through Kafka, though Kafka answers')
    },
    watchdogFailed: (failure: unknown) =>
      log.error({ failure: toText(failure) }, 'the watchdog could not do what was due'),

    sessionEvent: (outcome: string) => metrics.sessionEvents.inc({ outcome }),
    sessionEventsLost: (outcome: string) => log.error({ outcome }, 'session events are not written'),

    ...createTableEvents(log, metrics),
    ...createCredentialEvents(log, metrics),

    topicProblems(problems: readonly string[]) {
      for (const problem of problems) log.warn(capped(problem))
    },
    topicsNotChecked: (failure: unknown) =>
      log.warn({ failure: toText(failure) }, 'the topics could not be checked'),

    tlsLoaded: (listener: string, until: string) =>
      log.info({ listener, until }, 'certificate in use from the next handshake on'),
    tlsNotLoaded: (listener: string, failure: unknown) =>
      log.error({ listener, failure: toText(failure) }, 'new certificate refused; the old one stays'),
    tlsFailed(listener: string, code: string) {
      metrics.tlsFailures.inc({ listener })
      log.debug({ listener, code: capped(code) }, 'TLS handshake failed')
    },

    listening: (what: string, address: string) => log.info({ address }, `${what} listening`),
    draining: (connections: number) => log.info({ connections }, 'draining'),
    stopped: () => log.info('stopped'),
    stopLate: (what: string, failure: unknown) =>
      log.warn({ what, failure: toText(failure) }, 'stop did not end in time'),
    broker: {
      debug: (details: object, message: string) => log.debug(details, message),
      info: (details: object, message: string) => log.info(details, message),
      warn: (details: object, message: string) => log.warn(details, message),
    },
  }
}
