// One node of a world: delivery and the client side composed as in production; it can be killed, and its clients are in memory.
import assert from 'node:assert/strict'
import type { MemoryBroker } from '../../../gateway/broker/memory.ts'
import { composeClients } from '../../../gateway/compose/clients.ts'
import { composeDelivery } from '../../../gateway/compose/delivery.ts'
import { composeLimits } from '../../../gateway/compose/limits.ts'
import type { Config } from '../../../gateway/config/settings.ts'
import type { Connection } from '../../../gateway/connection/connection.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import type { Logs } from '../../../gateway/delivery/ports.ts'
import type { Publisher } from '../../../gateway/inbound/ports.ts'
import { compileRoutes } from '../../../gateway/inbound/routes.ts'
import { watermark } from '../../../gateway/moving/slot-state.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import { createMemoryRegistry } from '../../../gateway/registry/memory.ts'
import type { MemoryStore } from '../../../gateway/registry/memory-store.ts'
import { subjectOf } from '../../../gateway/session/event-records.ts'
import type { Principal } from '../../../gateway/session/principal.ts'
import { createRegistration } from '../../../gateway/session/registration.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import { createSessionEvents } from '../../../gateway/session/session-events.ts'
import { FakeSocket } from '../fake-connection.ts'
import { alice, fakeChannels, noAdmission, nothingRevoked, quietEvents } from '../fakes.ts'
import { type Client, clientOn } from './client.ts'

export type Node = ReturnType<typeof createNode>

/** A node that is not alive hands on nothing, commits nothing and writes nothing, and nobody hears why. */
type Life = { alive: boolean }

const mortalLogs = (logs: Logs, life: Life): Logs => ({
  ...logs,
  readSlot: (options) =>
    logs.readSlot({
      ...options,
      mayServe: async () => life.alive && (await options.mayServe()),
      onLost: (reason) => life.alive && options.onLost(reason),
    }),
})

const mortalPublisher = (publisher: Publisher, life: Life): Publisher => ({
  publish: (record, onOutcome) =>
    !life.alive || publisher.publish(record, (outcome) => life.alive && onOutcome(outcome)),
  get pressed() {
    return publisher.pressed
  },
  onPressed: (listener) => publisher.onPressed(listener),
  healthy: true,
  get depth() {
    return publisher.depth
  },
})

export function createNode(
  { broker, store }: { broker: MemoryBroker; store: MemoryStore },
  node: string,
  config: Config,
) {
  const life: Life = { alive: true }
  const stopping = new AbortController()
  const { signal } = stopping
  const events = quietEvents()
  const roster = new Roster<Connection>()
  const wheel = new TimerWheel()
  const { slots, leaseTtl } = config.delivery
  const registry = createMemoryRegistry({ leaseTtlMs: leaseTtl, slots, store })
  const internal = mortalPublisher(broker.publisher(), life)
  const logs = mortalLogs(broker.logs, life)
  const happened: string[] = []
  const delivering = composeDelivery(
    {
      config,
      node,
      roster,
      registry,
      logs,
      ranges: broker.ranges,
      internal,
      channelTopic: () => config.topics.channels,
      command: () => false,
      payloads: { show: undefined, feed: () => undefined },
      events,
      signal,
    },
    {
      onTaken: () => undefined,
      onDetached(session, reason) {
        happened.push(`detached ${reason}`)
        sessionEvents.detached(subjectOf(session), reason)
      },
      onEnded(session, reason) {
        happened.push(`ended ${reason}`)
        registration.unbind(session)
        sessionEvents.ended(subjectOf(session), reason)
      },
      onLost(tenure, _reason, away) {
        registration.lose(tenure, away)
        for (const connection of clients.accepted.all()) connection.close('slot-lost', 'lost')
      },
      onForgotten: () => registration.rebuild(),
    },
  )
  const { holder, adopter, followers } = delivering
  const sessionEvents = createSessionEvents(
    internal,
    { node, cluster: config.cluster, topics: config.topics },
    events,
  )
  const registration = createRegistration({
    sessions: registry.sessions,
    roster,
    events,
    held: () => holder.current,
    detached: () => holder.kept?.windows.facts() ?? [],
    most: undefined,
    onEvicted: (entries) => delivering.closeElsewhere(entries),
    resumeWindow: config.delivery.resumeWindow,
    signal,
  })
  const clients = composeClients({
    config,
    admission: noAdmission,
    ...nothingRevoked,
    routes: compileRoutes(config.routes),
    channels: fakeChannels(),
    publisher: internal,
    holder,
    roster,
    registration,
    sessionEvents,
    wheel,
    events,
    limits: composeLimits({ config, registry, wheel, events, held: () => holder.current }),
  })
  const end = (): void => {
    life.alive = false
    stopping.abort()
    wheel.stop()
    followers.stopAll()
    clients.upgrade.terminateAll()
  }

  return {
    ...delivering,
    registry,
    roster,
    events,
    /** What was said of sessions that went. */
    happened,
    get slot(): number {
      const slot = holder.current?.slot
      assert.ok(slot !== undefined)
      return slot
    },
    /** State of the slot's log in its holder's hands. */
    get state() {
      const state = holder.current?.log?.state
      assert.ok(state !== undefined)
      return state
    },
    /** What may be committed of the slot's log. */
    get settled(): number {
      return watermark(this.state)
    },
    /** A socket of `principal` that said nothing yet; `raw` ones are greeted at once. */
    connect(options: { principal?: Principal; raw?: boolean } = {}): Client {
      const { principal = alice, raw = false } = options
      const seat = clients.capacity.enter()
      assert.ok(seat)
      const socket = new FakeSocket()
      const codec = raw ? {} : { codec: jsonCodec }
      const connection = clients.accepted.accept(socket, { path: '/', principal, ...codec }, seat)
      // A peer that is told to go goes.
      socket.onClose = (code) => setImmediate(() => connection.ended(code))
      return clientOn(connection, socket)
    },
    /** Ends at this moment, as by `kill -9`; its lease runs out. */
    kill(): void {
      const { slot, epoch } = holder.current ?? {}
      end()
      for (const each of [{ slot, epoch }, ...adopter.slots.map((one) => ({ slot: one, epoch: undefined }))])
        if (each.slot !== undefined && each.epoch !== undefined)
          store.release({ slot: each.slot, epoch: each.epoch, holder: node })
    },
    /** A node that was killed before says nothing and commits nothing now. */
    async stop(): Promise<void> {
      await Promise.all([holder.stop(1_000), adopter.stop(1_000)])
      end()
      await registry.close()
    },
  }
}
