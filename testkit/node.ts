// One node of a test gateway: the real gateway, on a log and a registry in memory.

import { createMemoryBroker } from '../gateway/broker/memory.ts'
import type { MemoryLog } from '../gateway/broker/memory-log.ts'
import type { Clients } from '../gateway/compose/clients.ts'
import { createGateway, type Gateway } from '../gateway/compose/gateway.ts'
import type { Config } from '../gateway/config/settings.ts'
import type { Connection } from '../gateway/connection/connection.ts'
import { createMemoryRegistry } from '../gateway/registry/memory.ts'
import type { MemoryStore } from '../gateway/registry/memory-store.ts'
import type { Lease, Registry } from '../gateway/registry/ports.ts'
import type { Faults } from './faults.ts'
import { createNodeBroker } from './node-broker.ts'

export type NodeParts = {
  readonly config: Config
  readonly log: MemoryLog
  readonly store: MemoryStore
  readonly faults: Faults
}

export type TestNode = {
  readonly gateway: Gateway
  connections(): readonly Connection[]
  /** As by kill -9; its lease is over at once, as if its time had passed. */
  kill(): Promise<void>
  stop(): Promise<void>
}

export async function startNode({ config, log, store, faults }: NodeParts): Promise<TestNode> {
  const leases = new Map<number, Lease>()
  const { leaseTtl, slots } = config.delivery
  const registry = createMemoryRegistry({ leaseTtlMs: leaseTtl, slots, store })
  const noting: Registry = Object.create(registry, {
    leases: {
      value: {
        ...registry.leases,
        async take(...asked: Parameters<Registry['leases']['take']>) {
          const lease = await registry.leases.take(...asked)
          if (lease) leases.set(lease.slot, lease)
          return lease
        },
      },
    },
  }) as Registry
  const node = createNodeBroker(createMemoryBroker(undefined, log), faults)
  let clients: Clients | undefined
  const onClients = (made: Clients): void => void (clients = made)
  const gateway = await createGateway(config, { broker: node.broker, registry: noting, onClients })
  await gateway.start()
  return {
    gateway,
    connections: () => [...(clients?.accepted.all() ?? [])],
    async kill() {
      node.die()
      clients?.upgrade.terminateAll()
      clients?.server.close().closeAllConnections()
      await registry.close()
      for (const lease of leases.values()) store.release(lease)
    },
    stop: () => gateway.stop(),
  }
}
