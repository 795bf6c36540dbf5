// Everything that a registry promises, wherever it lives.
import { completenessContract } from './completeness-contract.ts'
import { leaseContract } from './lease-contract.ts'
import { limitsContract } from './limits-contract.ts'
import { membersContract } from './members-contract.ts'
import { membersLeftContract } from './members-left-contract.ts'
import { policyContract } from './policy-contract.ts'
import { reapContract } from './reap-contract.ts'
import { sessionContract } from './session-contract.ts'
import { ticketsContract } from './tickets-contract.ts'
import type { CreateWorld } from './worlds.ts'

export function registryContracts(name: string, world: CreateWorld): void {
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
    contract(name, world)
}
