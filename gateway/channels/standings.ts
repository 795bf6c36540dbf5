// Who this node has on channels: the sessions of each user on each, those among them that may be back in a moment, and what of it is written.
import type { Place, Standing } from './members-port.ts'

export type Holding = { readonly slot: number; readonly epoch: number }

/** One user on one channel. */
export type Local = Place & {
  readonly user: string
  info: string | undefined
  /** Connections of each session; 0: gone, and may come back. */
  readonly sessions: Map<string, { connections: number; cancel: (() => void) | undefined }>
  /** What the registry was last given, and under which holding of a slot. */
  written: (Holding & { readonly sessions: number }) | undefined
  /** The registry may have forgotten it. */
  again: boolean
  /** Whether the registry has the last of it is not known. */
  unsure: boolean
}

const keyOf = ({ tenant, channel }: Place, user: string): string => JSON.stringify([tenant, channel, user])

export class Standings {
  readonly #all = new Map<string, Local>()

  get size(): number {
    return this.#all.size
  }

  all(): IterableIterator<Local> {
    return this.#all.values()
  }

  find(place: Place, user: string): Local | undefined {
    return this.#all.get(keyOf(place, user))
  }

  /** Another connection of a session came. */
  came(place: Place, user: string, session: string, info: string | undefined): Local {
    const { tenant, channel } = place
    const key = keyOf(place, user)
    const local: Local = this.#all.get(key) ?? {
      tenant,
      channel,
      user,
      info: undefined,
      sessions: new Map(),
      written: undefined,
      again: false,
      unsure: false,
    }
    this.#all.set(key, local)
    local.info = info
    const at = local.sessions.get(session) ?? { connections: 0, cancel: undefined }
    at.cancel?.()
    at.cancel = undefined
    at.connections++
    local.sessions.set(session, at)
    return local
  }

  /** Nothing of it is here nor in the registry any more. */
  forget(local: Local): void {
    if (local.sessions.size === 0) this.#all.delete(keyOf(local, local.user))
  }
}

/** What has to be written of it while this node has that slot. What stands under another is taken back after. */
export function standingsOf(local: Local, { slot, epoch }: Holding): readonly Standing[] {
  const { tenant, channel, user, info, sessions, written, again, unsure } = local
  const isNew = (written?.sessions ?? 0) === 0 && !again
  const entry = unsure ? 'unsure' : isNew ? 'new' : 'again'
  const stand = { tenant, channel, user, ...(info === undefined ? {} : { info }), entry } as const
  const old =
    written !== undefined && (written.slot !== slot || written.epoch !== epoch) ? written : undefined
  const here = sessions.size > 0 || (written !== undefined && old === undefined)
  return [
    ...(here ? [{ ...stand, slot, epoch, sessions: sessions.size }] : []),
    ...(old === undefined ? [] : [{ ...stand, slot: old.slot, epoch: old.epoch, sessions: 0 }]),
  ]
}
