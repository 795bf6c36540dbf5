// What presence needs of a registry: how many sessions of each user each node has on a channel, and who came and went by that.

/** A channel within its tenant. */
export type Place = { readonly tenant: string; readonly channel: string }

/** A user on a channel, as one holding of a slot has it. */
export type Stand = Place & { readonly user: string; readonly slot: number; readonly epoch: number }

export type Standing = Stand & {
  /** All sessions of this user here, not a difference: writing the same again changes nothing. 0: none any more. */
  readonly sessions: number
  /** Shown with the user; of several nodes' the latest counts. */
  readonly info?: string
  /**
   * `new`: a coming is told. `again`: entered before, and now once more because the registry may have forgotten it;
   * nothing is told while the registry is not complete. `unsure`: nobody knows what became of an earlier attempt, so
   * that its coming is told even if it was told then.
   */
  readonly entry: 'new' | 'again' | 'unsure'
}

/** `version` grows with each change of one user on one channel, so that an older one that is heard later is known. */
export type MemberChange = Place & {
  readonly change: 'joined' | 'left'
  readonly user: string
  readonly info?: string
  readonly version: number
}

/**
 * What a standing comes to for all nodes together. `later`: nobody has this user there, as far as is known; but nodes are
 * entering what they have after a loss, so the same has to be written again a little later.
 */
export type Counted = MemberChange | 'same' | 'later'

export type Counts = { readonly user: string; readonly sessions: number; readonly info?: string }

/** `members` is empty where there are more than were asked for: `count` tells how many. */
export type MemberList = { readonly members: readonly Counts[]; readonly count: number }

export type TellOptions = {
  /** Nobody is told of channels with more users than this. */
  readonly most: number
  /** At most this many in one report. */
  readonly limit: number
  /** Tells those whom dead nodes had: if it rejects, a later call finds them again. Must end within a bound of its own. */
  readonly report: (left: readonly MemberChange[]) => Promise<void>
}

/** Every call rejects with `RegistryUnavailable` where the registry does not answer in time. */
export type Members = {
  /**
   * Writes standings, in order, in one step; answers what each comes to. A `left` stays noted until `told`: whoever was
   * to tell it may die before. Where there are more than `most` users nothing is told: they are only counted.
   */
  write(standings: readonly Standing[], most: number): Promise<readonly Counted[]>
  /** That they left is known to everybody now. */
  told(stands: readonly Stand[]): Promise<void>
  /** Those on a channel, by name. */
  list(place: Place, most: number): Promise<MemberList>
  /** How many standings there are under a lease: fewer than were written, and they have to be written again. */
  count(slot: number, epoch: number): Promise<number>
  /**
   * Takes out what stands under leases that have ended, and has told who left by that; answers how many. Nothing while
   * the registry is not complete. Of several nodes that call at a time one works. Told at least once.
   */
  tell(options: TellOptions): Promise<number>
}
