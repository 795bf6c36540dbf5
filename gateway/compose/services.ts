// The parts of a node in the order they start; they stop in reverse.
import type { Broker } from '../broker/broker.ts'
import type { Config } from '../config/settings.ts'
import { topicProblemsOf, wantedTopics } from '../config/topics.ts'
import { drain } from '../connection/drain.ts'
import type { Service } from '../lifecycle.ts'
import { listen, stopListening } from '../server/http.ts'
import { consumeToTheEnd, startRounds } from './rounds.ts'
import type { ServiceParts } from './service-parts.ts'

export function composeServices(parts: ServiceParts): readonly Service[] {
  const { config, state, events, delivering, stopping } = parts
  return [
    parts.certificates,
    parts.schemas,
    {
      name: 'admin listener',
      async start() {
        state.adminPort = await listen(
          parts.admin,
          config.admin.host,
          config.admin.port,
          'OPENCLAW_ADMIN_PORT',
        )
        events.listening(
          'admin',
          `${config.admin.tls ? 'https' : 'http'}://${config.admin.host}:${state.adminPort}`,
        )
      },
      stop() {
        parts.admin.close().closeAllConnections()
      },
    },
    { name: 'gauges', stop: parts.stopGauges },
    { name: 'timers', stop: () => parts.wheel.stop() },
    { name: 'registry', stop: () => parts.registry.close() },
    {
      name: 'broker',
      start: (signal) => parts.broker.connect(signal),
      stop: (ms) => parts.broker.close(ms),
    },
    {
      name: 'tables',
      start: (signal) => parts.tables.ready(signal),
      stop() {
        parts.tables.stop()
        parts.revocations.stop()
      },
    },
    {
      name: 'topics',
      start() {
        // Told, not waited for: the rights to look at settings are not needed to run.
        void topicProblems(config, parts.broker).then(events.topicProblems, events.topicsNotChecked)
      },
    },
    {
      name: 'slot',
      start: (signal) => delivering.holder.start(signal),
      async stop(ms) {
        await consumeToTheEnd(delivering.holder, ms / 2)
        delivering.followers.stopAll()
        await Promise.all([delivering.holder.stop(ms), delivering.adopter.stop(ms)])
        await parts.sessionEvents.stop(ms / 2)
        // What still tries to write reports gives up; whoever takes the slot next writes them.
        stopping.abort()
      },
    },
    {
      name: 'dispatch',
      start() {
        for (const reader of [delivering.dispatch, ...delivering.feeds]) reader.start()
      },
      async stop(ms) {
        await Promise.all([delivering.dispatch, ...delivering.feeds].map((reader) => reader.stop(ms)))
      },
    },
    { name: 'channels', stop: () => parts.channels.stop() },
    { name: 'rounds', start: () => startRounds(parts) },
    clientListener(parts),
  ]
}

function clientListener({ config, state, events, clients }: ServiceParts): Service {
  return {
    name: 'client listener',
    async start() {
      const { host, port } = config.listen
      state.port = await listen(clients.server, host, port, 'OPENCLAW_LISTEN_PORT')
      state.started = true
      events.listening('clients', `${config.listen.tls ? 'wss' : 'ws'}://${host}:${state.port}`)
    },
    async stop(ms) {
      stopListening(clients.server)
      events.draining(clients.capacity.connections)
      // The other half is for what delivers and for what is still on its way to Kafka.
      await drain(() => clients.accepted.all(), { spread: config.drain.spread, timeout: ms / 2 })
      clients.upgrade.terminateAll()
    },
  }
}

async function topicProblems(config: Config, broker: Broker): Promise<readonly string[]> {
  const names = wantedTopics(config).map(({ name }) => name)
  return topicProblemsOf(config, await broker.topics.describe(names))
}
