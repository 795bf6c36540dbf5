// Slot leases in Redis: who may ask for a slot, until when, under which epoch.
import type { Lease, Leases } from './ports.ts'
import type { Connection } from './redis.ts'

type LeaseOptions = { readonly leaseTtlMs: number; readonly slots: number }

const holderPattern = /^[A-Za-z0-9._:-]{1,128}$/

export const createLeases = (redis: Connection, base: string, options: LeaseOptions): Leases => ({
  async take(holder, { prefer, only, avoid = [] }) {
    assertHolder(holder)
    const args = [holder, options.leaseTtlMs, options.slots, prefer ?? '', only ?? '', ...avoid]
    const taken = (await redis.run('take', base, args)) as [slot: string, epoch: string] | null
    return taken === null
      ? undefined
      : ({ slot: Number(taken[0]), holder, epoch: Number(taken[1]) } satisfies Lease)
  },

  async renew({ slot, epoch, holder }, registered) {
    const args = [slot, epoch, holder, options.leaseTtlMs, registered ? 1 : 0]
    return (await redis.run('renew', base, args)) as 'held' | 'restored' | 'lost'
  },

  async release({ slot, epoch, holder }) {
    await redis.run('release', base, [slot, epoch, holder])
  },
})

/** A holder's name stands at the end of a lease's value: letters, digits and `. _ : -` only. */
export function assertHolder(holder: string): void {
  if (!holderPattern.test(holder)) throw new TypeError(`not a holder's name: ${JSON.stringify(holder)}`)
}
