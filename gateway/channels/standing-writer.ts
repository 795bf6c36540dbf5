// Writes to the registry who is on channels here: what changed, in few steps, again until it is there.
import { setTimeout as wait } from 'node:timers/promises'
import type { Teller } from './member-teller.ts'
import type { Counted, Members, Stand } from './members-port.ts'
import { type Holding, type Local, type Standings, standingsOf } from './standings.ts'
import type { Timers } from './subscription.ts'

export type StandingWriterDeps = {
  readonly members: Members
  readonly here: Standings
  readonly teller: Teller
  /** The slot this node has. */
  held(): Holding | undefined
  /** Whether the registry answers. */
  available(): boolean
  readonly timers: Timers
  /** Members of a channel of whom is told; where there are more they are only counted. */
  readonly most: number
  readonly signal: AbortSignal
  onFailure(what: string, failure: unknown): void
}

/** Users whose standings are written in one step. */
const mostAtOnce = 100
const againMs = 250
/** In ms: until a going is looked at again while nodes enter what they have. */
const laterMs = 1_000

export class StandingWriter {
  /** Steps so far. */
  steps = 0
  readonly #deps: StandingWriterDeps
  readonly #dirty = new Set<Local>()
  /** In the step that is under way. */
  readonly #writing = new Set<Local>()
  /** Goings that everybody was told of and that the registry still notes. */
  #told: Stand[] = []
  #running = false
  #step: Promise<void> = Promise.resolve()

  constructor(deps: StandingWriterDeps) {
    this.#deps = deps
  }

  /** Something about it changed. */
  touch(local: Local): void {
    this.#dirty.add(local)
    this.#start()
  }

  /** Whether the registry has all there is. */
  get idle(): boolean {
    return !this.#running
  }

  /** Resolves when what there is to write of it now was written, or the registry does not answer. */
  async settle(local: Local): Promise<void> {
    if (this.#writing.has(local)) await this.#step
    if (this.#dirty.has(local)) await this.#step
  }

  #start(): void {
    if (this.#running) return
    this.#running = true
    void this.#run()
  }

  async #run(): Promise<void> {
    const { signal, held, available, teller, onFailure } = this.#deps
    while ((this.#dirty.size > 0 || this.#told.length > 0) && !signal.aborted) {
      const holding = held()
      let ok = false
      if (holding !== undefined && available()) {
        this.#step = this.#write(holding).then(
          () => {
            ok = true
          },
          (failure: unknown) => onFailure('members', failure),
        )
        await this.#step
      }
      if (!ok) await wait(againMs, undefined, { signal }).catch(() => undefined)
      await teller.room()
    }
    // In the same turn as the last look: what is touched later begins anew.
    this.#running = false
  }

  async #write({ slot, epoch }: Holding): Promise<void> {
    const { members, most } = this.#deps
    const holding = { slot, epoch }
    this.steps++
    for (const local of this.#dirty) if (this.#writing.add(local).size === mostAtOnce) break
    const asked = [...this.#writing].map((local) => {
      this.#dirty.delete(local)
      return { local, sessions: local.sessions.size, standings: standingsOf(local, holding) }
    })
    try {
      const standings = asked.flatMap((each) => each.standings)
      const answers = standings.length > 0 ? await members.write(standings, most) : []
      let at = 0
      for (const { local, sessions, standings: theirs } of asked) {
        local.written = theirs.length > 0 ? { ...holding, sessions } : undefined
        local.again = false
        local.unsure = false
        const its = theirs.map((standing) => [standing, answers[at++] ?? 'same'] as const)
        this.#answered(local, sessions, its)
      }
    } catch (failure) {
      for (const { local, sessions, standings } of asked) {
        local.unsure = true
        // Where it has to be taken back from stays known.
        if (standings.length === 1) local.written = { ...holding, sessions }
        this.#dirty.add(local)
      }
      throw failure
    } finally {
      this.#writing.clear()
    }
    const told = this.#told.slice(0, mostAtOnce)
    if (told.length === 0) return
    await members.told(told)
    this.#told.splice(0, told.length)
  }

  #answered(local: Local, sessions: number, answers: readonly (readonly [Stand, Counted])[]): void {
    const { here, teller, timers } = this.#deps
    for (const [{ tenant, channel, user, slot, epoch }, answer] of answers) {
      if (answer === 'same') continue
      if (answer === 'later') return void timers.after(laterMs, () => this.touch(local))
      if (answer.change === 'joined') teller.tell(answer, Math.max(1, sessions))
      else
        teller.tell(answer, 0, () => {
          this.#told.push({ tenant, channel, user, slot, epoch })
          this.#start()
        })
    }
    if (sessions === 0) here.forget(local)
  }
}
