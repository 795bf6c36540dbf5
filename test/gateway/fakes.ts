// In-memory stand-ins for our own ports, for tests of decisions: a publisher, events, records and sessions.
import type { Channels } from '../../gateway/channels/ports.ts'
import type { Admission } from '../../gateway/compose/admission.ts'
import type { IncomingRecord } from '../../gateway/delivery/ports.ts'
import { refuse } from '../../gateway/errors.ts'
import { createEvents, type Events } from '../../gateway/events.ts'
import type { OutgoingRecord, Publisher, PublishOutcome } from '../../gateway/inbound/ports.ts'
import { createLog } from '../../gateway/log.ts'
import { createMetrics, type Metrics } from '../../gateway/metrics.ts'
import { IdWindow } from '../../gateway/session/id-window.ts'
import { newSessionId } from '../../gateway/session/identity.ts'
import type { Home } from '../../gateway/session/ports.ts'
import type { Principal } from '../../gateway/session/principal.ts'
import { ClientRequests } from '../../gateway/session/requests.ts'
import type { Session } from '../../gateway/session/session.ts'

/** Real events that write no log; `count` reads a counter, of one label value or of all. */
export function quietEvents(): Events & { count(metric: keyof Metrics, label?: string): Promise<number> } {
  const metrics = createMetrics()
  const events = createEvents(createLog({ level: 'silent', node: 'test', cluster: 'test' }), metrics)
  return {
    ...events,
    async count(metric, label) {
      const { values } = await (metrics[metric] as { get(): Promise<{ values: Value[] }> }).get()
      return values
        .filter(({ labels }) => label === undefined || Object.values(labels).includes(label))
        .reduce((sum, { value }) => sum + value, 0)
    },
  }
}

type Value = { value: number; labels: Record<string, string> }

export const alice: Principal = { user: 'alice', tenant: '', claims: {} }

export function fakeSession(of: Partial<Session> = {}): Session {
  const id = of.id ?? newSessionId()
  return {
    id,
    principal: alice,
    client: undefined,
    origin: id,
    birth: 1,
    generation: 1,
    slot: 0,
    replyTo: 'slot.0',
    confirms: false,
    since: 0,
    catchingUp: undefined,
    window: new IdWindow(100),
    requests: new ClientRequests(10),
    unnamed: 0,
    ...of,
  }
}

/** A slot as sessions see it: nothing stands in its log, and nobody comes back to it. */
export const fakeHome = (of: Partial<Home> = {}): Home => ({
  slot: 0,
  epoch: 1,
  topic: 'slot.0',
  ended: false,
  here: { slot: 0, since: 0, next: 0, hash: 0 },
  positionOf: ({ slot, since }) => ({ slot, since, next: since, hash: 0 }),
  bringBack: () => Promise.resolve('lost'),
  attach: () => true,
  has: () => true,
  welcomed: () => undefined,
  confirm: () => undefined,
  left: () => undefined,
  ...of,
})

const knocked = () => Promise.reject(new Error('nobody knocks here'))

/** A node that no client comes to. */
export const noAdmission: Admission = {
  admit: knocked,
  explain: knocked,
  ticketEndpoint: undefined,
  checkToken: knocked,
  anonymous: undefined,
  mayConnect: () => true,
}

const noChannel = (channel: string) => refuse('unknown-channel', `no channel pattern fits "${channel}"`)

/** A node without channels. */
export const fakeChannels = (of: Partial<Channels> = {}): Channels => ({
  subscribe: (client, { id, channel }) => client.refuse(noChannel(channel), id),
  unsubscribe: (client, { id, channel }) => client.refuse(noChannel(channel), id),
  members: (client, { id, channel }) => client.refuse(noChannel(channel), id),
  destinationOf: (_client, channel) => noChannel(channel),
  resume: () => undefined,
  left: () => undefined,
  ...of,
})

/** Keeps the records it is given; each outcome is decided by `outcome`, or later by `settle`. */
export class FakePublisher implements Publisher {
  readonly records: OutgoingRecord[] = []
  readonly #open: ((outcome: PublishOutcome) => void)[] = []
  readonly #listeners = new Set<(pressed: boolean) => void>()
  outcome: ((record: OutgoingRecord) => PublishOutcome | undefined) | undefined
  full = false
  pressed = false
  healthy = true
  readonly depth = { count: 0, bytes: 0 }

  publish(record: OutgoingRecord, onOutcome: (outcome: PublishOutcome) => void): boolean {
    if (this.full) return false
    this.records.push(record)
    const outcome = this.outcome?.(record)
    if (outcome === undefined) this.#open.push(onOutcome)
    else setImmediate(onOutcome, outcome)
    return true
  }

  /** Answers the oldest record that waits. */
  settle(outcome: PublishOutcome): void {
    this.#open.shift()?.(outcome)
  }

  onPressed(listener: (pressed: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  press(pressed: boolean): void {
    this.pressed = pressed
    for (const listener of this.#listeners) listener(pressed)
  }
}

export const stored = (offset = 0): PublishOutcome => ({ ok: true, topic: 'there', partition: 0, offset })
export const notStored = (failure: (PublishOutcome & { ok: false })['failure']): PublishOutcome => ({
  ok: false,
  failure,
})

/** A record as it is read from a log. */
export function incoming(
  headers: Record<string, string | Buffer> = {},
  value: string | Buffer | null = '{}',
  rest: Partial<IncomingRecord> = {},
): IncomingRecord {
  return {
    topic: 'slot.0',
    partition: 0,
    offset: 7,
    timestamp: 1_700_000_000_000,
    key: null,
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    ...rest,
  }
}

/** A record that was written, read again at `offset`. */
export const readAgain = (record: OutgoingRecord, rest: Partial<IncomingRecord> = {}): IncomingRecord => ({
  ...incoming(record.headers, record.value),
  topic: record.topic,
  key: record.key === null ? null : Buffer.from(record.key),
  ...rest,
})

/** A node on which nothing is revoked, and that knows it. */
export const nothingRevoked = {
  standing: { fresh: () => true, check: () => Promise.resolve(true) },
  revocations: {
    check: { known: () => Promise.resolve(true), isRevoked: () => false },
    sessions: { isRevoked: () => false, isOver: () => false },
  },
}

/** Lets everything that waits for a promise or for the next turn go on. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
