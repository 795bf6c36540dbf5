// Who is on which channel, as the registry in memory remembers it: the same counts as the scripts on Redis keep.
import type {
  Counted,
  Counts,
  MemberChange,
  MemberList,
  Place,
  Stand,
  Standing,
} from '../channels/members-port.ts'

/** What it has to know of leases. */
export type LeaseView = {
  isLive(slot: number, epoch: number): boolean
  complete(leaseTtlMs: number): boolean
}

type Kept = { readonly stand: Stand; sessions: number }
export type Overdue = Stand & { readonly version: number }

const placeOf = ({ tenant, channel }: Place): string => JSON.stringify([tenant, channel])
const keyOf = (stand: Stand): string =>
  JSON.stringify([stand.slot, stand.epoch, stand.tenant, stand.channel, stand.user])

export class MemoryMembers {
  readonly #leases: LeaseView
  readonly #places = new Map<string, Map<string, Counts>>()
  readonly #stands = new Map<string, Kept>()
  #version = 0
  #teller: object | undefined

  constructor(leases: LeaseView) {
    this.#leases = leases
  }

  wipe(): void {
    this.#places.clear()
    this.#stands.clear()
    this.#teller = undefined
  }

  write(standings: readonly Standing[], most: number, leaseTtlMs: number): readonly Counted[] {
    const whole = this.#leases.complete(leaseTtlMs)
    return standings.map((standing) => this.#write(standing, most, whole))
  }

  told(stands: readonly Stand[]): number {
    let removed = 0
    for (const stand of stands)
      if (this.#stands.get(keyOf(stand))?.sessions === 0 && this.#stands.delete(keyOf(stand))) removed++
    return removed
  }

  list(place: Place, most: number): MemberList {
    const all = [...(this.#places.get(placeOf(place))?.values() ?? [])]
    const members = all.length > most ? [] : all.sort((a, b) => (a.user < b.user ? -1 : 1))
    return { members, count: all.length }
  }

  count(slot: number, epoch: number): number {
    return [...this.#stands.values()].filter(({ stand }) => stand.slot === slot && stand.epoch === epoch)
      .length
  }

  /** Those of ended leases, while `token` may tell. */
  overdue(
    token: object,
    { limit, most }: { limit: number; most: number },
    leaseTtlMs: number,
  ): readonly Overdue[] {
    this.#teller ??= token
    if (this.#teller !== token || !this.#leases.complete(leaseTtlMs)) return []
    const rows: Overdue[] = []
    for (const [key, kept] of this.#stands) {
      const { stand, sessions } = kept
      if (rows.length === limit) break
      if (this.#leases.isLive(stand.slot, stand.epoch)) continue
      const after = Math.max(0, this.#sessionsOf(stand) - sessions)
      this.#set(stand, after)
      kept.sessions = 0
      if (after > 0 || this.#sizeOf(stand) >= most) this.#stands.delete(key)
      else rows.push({ ...stand, version: this.#next() })
    }
    return rows
  }

  yieldClaim(token: object): void {
    if (this.#teller === token) this.#teller = undefined
  }

  #write({ sessions, info, entry, ...stand }: Standing, most: number, whole: boolean): Counted {
    const key = keyOf(stand)
    const had = this.#stands.get(key)
    const before = this.#sessionsOf(stand)
    const after = Math.max(0, before + sessions - (had?.sessions ?? 0))
    this.#set(stand, after, sessions > 0 ? (info ?? '') : undefined)
    let answer: Counted = 'same'
    if (after > 0) {
      const came = before === 0 && (whole || entry !== 'again')
      if (came || (entry === 'unsure' && sessions > 0)) answer = this.#change('joined', stand, info)
    } else if (before > 0 || had !== undefined || !whole)
      answer = whole ? this.#change('left', stand) : 'later'
    const size = this.#sizeOf(stand) + (after > 0 ? 0 : 1)
    if (typeof answer === 'object' && size > most) answer = 'same'
    if (sessions > 0 || answer !== 'same') this.#stands.set(key, { stand, sessions })
    else this.#stands.delete(key)
    return answer
  }

  #change(change: MemberChange['change'], { tenant, channel, user }: Stand, info?: string): MemberChange {
    const shown = info === undefined ? {} : { info }
    return { change, tenant, channel, user, ...shown, version: this.#next() }
  }

  #next(): number {
    this.#version = Math.max(Date.now() * 1_000, this.#version + 1)
    return this.#version
  }

  #sizeOf(place: Place): number {
    return this.#places.get(placeOf(place))?.size ?? 0
  }

  #sessionsOf(stand: Stand): number {
    return this.#places.get(placeOf(stand))?.get(stand.user)?.sessions ?? 0
  }

  /** Without `info` the user keeps what is shown already. */
  #set(stand: Stand, sessions: number, info?: string): void {
    const { user } = stand
    const place = this.#places.get(placeOf(stand)) ?? new Map<string, Counts>()
    const shown = info ?? place.get(user)?.info ?? ''
    if (sessions > 0) place.set(user, { user, sessions, ...(shown === '' ? {} : { info: shown }) })
    else place.delete(user)
    if (place.size > 0) this.#places.set(placeOf(stand), place)
    else this.#places.delete(placeOf(stand))
  }
}
