// A cluster in this process: nodes put together as in production, on a broker, a registry and sockets in memory.
import type { TestContext } from 'node:test'
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import { loadConfig } from '../../../gateway/config/load.ts'
import type { Config } from '../../../gateway/config/settings.ts'
import { wantedTopics } from '../../../gateway/config/topics.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import type { OutgoingRecord } from '../../../gateway/inbound/ports.ts'
import { MemoryStore } from '../../../gateway/registry/memory-store.ts'
import { readControl, type SlotControl, toControl } from '../../../gateway/slots/control-records.ts'
import { waitFor } from '../../support/wait.ts'
import { createNode, type Node } from './node.ts'

export const secret = 'a secret of this test, and a long one'
export const slotTopic = 'slot.'
const topics = {
  slot: slotTopic,
  receipts: 'receipts',
  quarantine: 'quarantine',
  dispatch: 'dispatch',
  events: 'events',
  sessions: 'sessions',
  channels: 'channels',
}

/** How the nodes of a world are configured, where it matters to a test. */
export type Settings = Partial<Config['delivery']> & { readonly outbox?: number }

/** A receipt, a report or a quarantined record, as a backend reads it. */
export type Told = {
  readonly outcome: string
  readonly reason: string
  readonly target: string
  readonly origin: { readonly topic: string; readonly offset: string }
  readonly lost?: { readonly from: string; readonly to: string }
}

export type World = Awaited<ReturnType<typeof createWorld>>

export async function createWorld(t: TestContext, { outbox, ...delivery }: Settings = {}) {
  const slots = delivery.slots ?? 4
  const broker = createMemoryBroker()
  const loaded = loadConfig({
    env: {},
    overrides: {
      cluster: 'test',
      session: { secrets: [secret] },
      auth: { anonymous: true },
      topics: { ...topics, partitions: 1 },
      routes: { echo: { topic: 'echo' } },
    },
  })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ path, message }) => `${path} ${message}`).join('; '))
  const base = loaded.config
  const config: Config = {
    ...base,
    limits: { ...base.limits, outbox: outbox ?? base.limits.outbox },
    delivery: { ...base.delivery, leaseTtl: 60_000, resolveTimeout: 50, ...delivery, slots },
  }
  await broker.topics.create(wantedTopics(config))
  const clock = { now: Date.now() - config.delivery.leaseTtl }
  const store = new MemoryStore(() => clock.now)
  // A registry is only believed that its misses mean something when it is older than a lease.
  store.renew({ slot: slots, epoch: 1, holder: 'nobody' }, 1, true)
  clock.now += config.delivery.leaseTtl

  /** A node that has no slot yet. */
  const make = (name: string, { outbox: own = config.limits.outbox, ...rest }: Settings = {}): Node => {
    const limits = { ...config.limits, outbox: own }
    const changed = { ...config, limits, delivery: { ...config.delivery, ...rest } }
    const node = createNode({ broker, store }, name, changed)
    t.after(() => node.stop())
    return node
  }

  const publisher = broker.publisher()
  const send = async (record: OutgoingRecord): Promise<number> => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    publisher.publish(record, (outcome) =>
      outcome.ok ? resolve(outcome.offset) : reject(new Error(outcome.failure)),
    )
    return promise
  }
  const read = async (topic: string): Promise<IncomingRecord[]> => {
    const records: IncomingRecord[] = []
    const { start, end } = await broker.ranges.ends(topic, 1_000)
    const onChunk = (chunk: { records: readonly IncomingRecord[] }): void =>
      void records.push(...chunk.records)
    await broker.ranges.read(topic, start, end, {
      timeoutMs: 1_000,
      signal: AbortSignal.timeout(1_000),
      onChunk,
    })
    return records
  }
  /** What was told of deliveries, in the order of the topic. */
  const told = async (topic = topics.receipts): Promise<Told[]> =>
    (await read(topic)).map(({ value }) => JSON.parse(value?.toString() ?? '') as Told)

  return {
    broker,
    config,
    store,
    clock,
    send,
    read,
    told,
    /** Outcomes, or the reasons of failures, each with the offset of what it is about. */
    reasons: async (): Promise<string[]> =>
      (await told()).map(({ outcome, reason, origin }) => `${reason ?? outcome} ${origin.offset}`),
    quarantined: () => told(topics.quarantine),
    /** A backend addresses a session through a slot; answers the offset. */
    deliver: (slot: number, session: string, value: unknown, headers: Record<string, string> = {}) =>
      send({
        topic: `${slotTopic}${slot}`,
        key: session,
        partition: 0,
        value: Buffer.from(JSON.stringify(value)),
        headers: { ce_to: `session:${session}`, ...headers },
      }),
    /** A gateway writes to a slot's log. */
    control: (slot: number, control: SlotControl) => {
      const topic = `${slotTopic}${slot}`
      return send(toControl(control, topic, secret))
    },
    /** Control records of a slot's log, in order. */
    controls: async (slot: number): Promise<(SlotControl & { offset: number })[]> =>
      (await read(`${slotTopic}${slot}`)).flatMap((record) => {
        const control = readControl(record, [secret])
        return control === undefined ? [] : [{ ...control, offset: record.offset }]
      }),
    committed: async (slot: number): Promise<number> => {
      const topic = `${slotTopic}${slot}`
      const { end } = await broker.ranges.ends(topic, 1_000)
      return end - ((await broker.ranges.lags([topic], 1_000)).get(topic) ?? 0)
    },
    make,
    /** A node that has a slot: the lowest that is free. */
    async node(name: string, changes: Settings = {}): Promise<Node> {
      const node = make(name, changes)
      await node.holder.start()
      await waitFor(() => node.holder.canaryAt !== undefined)
      return node
    },
  }
}
