// What was told of a channel's members lately, so that nothing is shown twice, nor what is older than what was shown.
import type { Told } from './member-records.ts'

/** Users whose latest change is remembered: what overtakes another does so within seconds. */
const remembered = 1_000

export class MemberChanges {
  readonly #latest = new Map<string, Pick<Told, 'change' | 'version'>>()

  /** Whether a change says anything that was not known; it is then. */
  isNews({ user, change, version }: Told): boolean {
    const known = this.#latest.get(user)
    if (known !== undefined && known.version >= version) return false
    this.#latest.delete(user)
    this.#latest.set(user, { change, version })
    if (this.#latest.size > remembered)
      for (const [oldest] of this.#latest) {
        this.#latest.delete(oldest)
        break
      }
    return known?.change !== change
  }

  /** Part of the log was lost: anybody may have come or gone. */
  forget(): void {
    this.#latest.clear()
  }
}
