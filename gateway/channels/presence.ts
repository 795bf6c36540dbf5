// Presence: who is on the channels that show their members, counted by user over all nodes.
import { refuse } from '../errors.ts'
import { Teller, type TellerDeps } from './member-teller.ts'
import type { Place } from './members-port.ts'
import type { Presence, Subscriber } from './ports.ts'
import { StandingWriter, type StandingWriterDeps } from './standing-writer.ts'
import { type Holding, Standings } from './standings.ts'

export type PresenceDeps = TellerDeps &
  Omit<StandingWriterDeps, 'here' | 'teller' | 'held'> & {
    /** The slot this node has, and whether that is certain. */
    held(): (Holding & { fresh(): boolean }) | undefined
    /** What is shown with a user; nothing if absent. */
    infoOf?(client: Subscriber): string | undefined
    /** In ms. */
    readonly leaseTtl: number
    /** Milliseconds that a session whose connection is lost still counts: it may be back in a moment. */
    readonly linger: number
  }

export type MemberPresence = Presence & {
  /** The registry was away, or has forgotten everything: what is here is written again. */
  rebuild(): void
  /** Sees to it that nothing is missing there, and has those told whom dead nodes had. To be called every half lease. */
  round(): Promise<void>
  /** Users on channels here, one counted once for each channel. */
  readonly size: number
}

/** Told at a time in a round. */
const mostTold = 200
/** Characters of what is shown with a user. */
const mostInfo = 256

/** An anonymous principal is on no list: nothing tells one from another. */
export function createPresence(deps: PresenceDeps): MemberPresence {
  const { members, timers } = deps
  const here = new Standings()
  const teller = new Teller(deps)
  const writer = new StandingWriter({ ...deps, here, teller })
  /** `performance.now()`: from then on other nodes have had the registry, too. */
  let since = performance.now()

  const placeOf = ({ principal }: Subscriber, channel: string): Place => ({
    tenant: principal?.tenant ?? '',
    channel,
  })

  const gone = (place: Place, user: string, session: string): void => {
    const local = here.find(place, user)
    if (local?.sessions.delete(session)) writer.touch(local)
  }

  const rebuild = (): void => {
    since = performance.now()
    for (const local of here.all()) {
      if (local.written === undefined) continue
      local.again = true
      writer.touch(local)
    }
  }

  /** What stands in the registry under this node's lease, and what should: it may have been taken for dead meanwhile. */
  const isWhole = async ({ slot, epoch }: Holding): Promise<boolean> => {
    if (!writer.idle) return true
    const { steps } = writer
    let expected = 0
    for (const { written } of here.all())
      if (written?.slot === slot && written.epoch === epoch && written.sessions > 0) expected++
    const count = await members.count(slot, epoch)
    return count >= expected || steps !== writer.steps
  }

  return {
    rebuild,
    joined(client, channel) {
      const { user } = client.principal ?? {}
      if (user === undefined) return
      const info = deps.infoOf?.(client)?.slice(0, mostInfo)
      writer.touch(here.came(placeOf(client, channel), user, client.session?.id ?? '', info))
    },
    left(client, channel) {
      const place = placeOf(client, channel)
      const { user } = client.principal ?? {}
      const session = client.session?.id ?? ''
      const at = user === undefined ? undefined : here.find(place, user)?.sessions.get(session)
      if (user === undefined || at === undefined || --at.connections > 0) return
      if (client.open) return gone(place, user, session)
      at.cancel = timers.after(deps.linger, () => gone(place, user, session))
    },
    members(client, { id, channel }) {
      const place = placeOf(client, channel)
      const { user } = client.principal ?? {}
      const own = user === undefined ? undefined : here.find(place, user)
      const ask = async (): Promise<void> => {
        // Who asks behind its own subscribe is on the list.
        if (own !== undefined) await writer.settle(own)
        const { members: all, count } = await members.list(place, deps.most)
        client.send({ kind: 'members', id, members: all, count })
      }
      ask().catch((failure: unknown) => {
        deps.onFailure('members', failure)
        client.refuse(refuse('internal', 'who is on the channel cannot be asked now; try again later'), id)
      })
    },
    async round() {
      const held = deps.held()
      if (held === undefined || !held.fresh() || !deps.available()) return
      if (!(await isWhole(held))) return rebuild()
      // Nodes that were cut off from the registry as this one was are not dead.
      if (performance.now() - since < deps.leaseTtl) return
      await members.tell({ most: deps.most, limit: mostTold, report: (left) => teller.tellAll(left) })
    },
    get size() {
      return here.size
    },
  }
}
