// Who is on which channel, in Redis: written, listed and told, each in one round trip.
import { randomUUID } from 'node:crypto'
import type { Counted, MemberChange, Members, Place, Stand, Standing } from '../channels/members-port.ts'
import { escapePart, unescapePart } from './keys.ts'
import { type Leftovers, type ReapBounds, reapBounds, reapRound } from './reap.ts'
import type { Connection } from './redis.ts'

/** Standings in one script: a few milliseconds of Redis, during which it answers nobody else. */
const chunk = 200

type Row = readonly [change: string, version: string]
type Gone = Stand & { readonly version: number }

const toPlace = ({ tenant, channel }: Place): string => `${escapePart(tenant)}/${escapePart(channel)}`
const toWho = (stand: Stand): string => `${toPlace(stand)}/${escapePart(stand.user)}`

const toWords = (standing: Standing): (string | number)[] => {
  const { slot, epoch, user, sessions, info = '', entry } = standing
  return [slot, epoch, toPlace(standing), escapePart(user), sessions, info, entry]
}

const toGone = ([slot, epoch, who = '', version]: readonly string[]): Gone => {
  const [tenant = '', channel = '', user = ''] = who.split('/').map(unescapePart)
  return { tenant, channel, user, slot: Number(slot), epoch: Number(epoch), version: Number(version) }
}

export const toLeft = ({ tenant, channel, user, version }: Gone): MemberChange => ({
  change: 'left',
  tenant,
  channel,
  user,
  version,
})

function toCounted({ tenant, channel, user, info }: Standing, [change, version]: Row): Counted {
  if (change !== 'joined' && change !== 'left') return change === 'later' ? 'later' : 'same'
  const shown = change === 'left' || info === undefined ? {} : { info }
  return { change, tenant, channel, user, ...shown, version: Number(version) }
}

/** `bounds` are for tests of what happens at them. */
export function createMembers(
  redis: Connection,
  base: string,
  leaseTtlMs: number,
  bounds: ReapBounds = reapBounds,
): Members {
  const told = async (stands: readonly Stand[]): Promise<number> => {
    let removed = 0
    for (let from = 0; from < stands.length; from += chunk) {
      const piece = stands.slice(from, from + chunk)
      const args = piece.flatMap((stand) => [stand.slot, stand.epoch, toWho(stand)])
      removed += Number(await redis.run('toldMembers', base, args))
    }
    return removed
  }
  return {
    async write(standings, most) {
      const args = [leaseTtlMs, most, ...standings.flatMap(toWords)]
      const rows = (await redis.run('writeMembers', base, args)) as Row[]
      return standings.map((standing, n) => toCounted(standing, rows[n] ?? ['same', '0']))
    },
    async told(stands) {
      await told(stands)
    },
    async list(place, most) {
      const answer = await redis.run('listMembers', base, [toPlace(place), most])
      const [count, flat] = answer as [number, string[]]
      const members = Array.from({ length: flat.length / 2 }, (_, n) => {
        const [sessions = '', info = ''] = (flat[2 * n + 1] ?? '').split(/ (.*)/s, 2)
        const user = unescapePart(flat[2 * n] ?? '')
        return { user, sessions: Number(sessions), ...(info === '' ? {} : { info }) }
      })
      return { members: members.sort((a, b) => (a.user < b.user ? -1 : 1)), count }
    },
    count: async (slot, epoch) => Number(await redis.run('countMembers', base, [slot, epoch])),
    tell: ({ most, limit, report }) =>
      reapRound(
        leftoversOf(redis, base, { leaseTtlMs, most, ...bounds }, told),
        {
          graceMs: 0,
          limit,
          report: (gone) => report(gone.map(toLeft)),
        },
        bounds,
      ),
  }
}

function leftoversOf(
  redis: Connection,
  base: string,
  { leaseTtlMs, most, claimMs }: ReapBounds & { leaseTtlMs: number; most: number },
  told: (stands: readonly Stand[]) => Promise<number>,
): Leftovers<Gone> {
  const token = randomUUID()
  return {
    async next(_, limit) {
      for (;;) {
        const args = [leaseTtlMs, Math.min(limit, chunk), token, claimMs, most]
        const [more, rows] = (await redis.run('overdueMembers', base, args)) as [number, string[][]]
        // Those who are still there through another node went without a word.
        if (rows.length > 0 || more === 0) return rows.map(toGone)
      }
    },
    remove: told,
    async keepClaim() {
      await redis.run('keepClaim', base, ['teller', token, claimMs])
    },
    async yieldClaim() {
      await redis.run('yieldClaim', base, ['teller', token])
    },
  }
}
