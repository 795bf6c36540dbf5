// Removing dead holders from a slot's group: those whose lease is older than ours, known by the epoch in their client id.
import { setTimeout as wait } from 'node:timers/promises'
import type { BrokerLog } from './client.ts'
import { toFailure } from './failure.ts'
import type { Group } from './group.ts'

/** The client id under which a holder joins; Kafka shows it for each member, also while the group is between generations. */
export const slotClientId = (clientId: string, epoch: number): string => `${clientId}-${epoch}`

/** The epoch in a client id; below all for clients that are no holders of ours. */
export const epochOfClient = (clientId: string): number => {
  const digits = /-(\d+)$/.exec(clientId)?.[1]
  return digits === undefined ? -1 : Number(digits)
}

const againMs = 200

/** Evicts every member of a lower epoch. A higher one is let be: it is to have the slot, and we are to lose it. */
export const evictOlder = async (group: Group, epoch: number): Promise<void> => {
  for (const { memberId, clientId } of await group.members())
    if (epochOfClient(clientId) < epoch) await group.evict(memberId)
}

/**
 * Evicts again and again until `joined` is aborted. A holder that died still stands in the group, and without this its
 * session would have to run out before we join.
 */
export const keepEvicting = async (
  group: Group,
  epoch: number,
  joined: AbortSignal,
  log: BrokerLog,
): Promise<void> => {
  while (!joined.aborted) {
    try {
      await evictOlder(group, epoch)
    } catch (failed) {
      log.debug({ failure: toFailure(failed).message }, 'could not look for dead members')
    }
    await wait(againMs, undefined, { signal: joined, ref: false }).catch(() => undefined)
  }
}
