// The in-memory registry keeps the promises of the port, and fails the way a registry that is away does.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMemoryRegistry } from '../../../gateway/registry/memory.ts'
import { MemoryStore } from '../../../gateway/registry/memory-store.ts'
import { RegistryUnavailable } from '../../../gateway/registry/ports.ts'
import { completenessContract } from './completeness-contract.ts'
import { leaseContract } from './lease-contract.ts'
import { limitsContract } from './limits-contract.ts'
import { membersContract } from './members-contract.ts'
import { membersLeftContract } from './members-left-contract.ts'
import { policyContract } from './policy-contract.ts'
import { reapContract } from './reap-contract.ts'
import { sessionContract } from './session-contract.ts'
import { ticketsContract } from './tickets-contract.ts'
import { memoryWorld } from './worlds.ts'

for (const contract of [
  leaseContract,
  sessionContract,
  policyContract,
  reapContract,
  completenessContract,
  membersContract,
  membersLeftContract,
  ticketsContract,
  limitsContract,
])
  contract('memory', memoryWorld)

describe('a memory store that is away', () => {
  it('fails every call, and tells its registries when it is back', async () => {
    const store = new MemoryStore()
    const registry = createMemoryRegistry({ leaseTtlMs: 1_000, slots: 1, store })
    let returns = 0
    registry.onBack(() => {
      returns += 1
    })
    store.available = false
    assert.equal(registry.available, false)
    await assert.rejects(registry.sessions.ofUser('', 'alice'), RegistryUnavailable)
    await assert.rejects(registry.leases.take('a', {}), RegistryUnavailable)
    store.available = true
    assert.equal(returns, 1)
    assert.equal((await registry.leases.take('a', {}))?.slot, 0)
    await registry.close()
    await assert.rejects(registry.sessions.ofSession('s'), RegistryUnavailable)
  })
})
