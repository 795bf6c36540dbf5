// What is kept of a session from one connection to the next: whose it is, how far it was handled, how often it came back.
import type { Hello, Welcome } from '../wire/frames.ts'

export type Kept = {
  readonly id: string
  readonly token: string
  readonly attempt: number
  readonly position: string
}

export class SessionMemory {
  #kept: Kept | undefined

  get id(): string | undefined {
    return this.#kept?.id
  }

  /** To go on elsewhere, in another tab for example. */
  get kept(): Kept | undefined {
    return this.#kept
  }

  set kept(kept: Kept | undefined) {
    this.#kept = kept
  }

  /** Of the next hello; each call counts as an attempt. Undefined where there is nothing to go on with. */
  nextAttempt(): Hello['resume'] {
    if (this.#kept === undefined) return undefined
    const { token, position } = this.#kept
    const attempt = this.#kept.attempt + 1
    this.#kept = { ...this.#kept, attempt }
    return { token, attempt, position }
  }

  welcomed({ session, resumeToken, position }: Welcome): void {
    const attempt = this.#kept?.id === session ? this.#kept.attempt : 0
    this.#kept = { id: session, token: resumeToken, attempt, position }
  }

  /** Everything up to here has been handled. */
  handled(position: string): void {
    if (this.#kept !== undefined) this.#kept = { ...this.#kept, position }
  }

  /** It is over. */
  forget(): void {
    this.#kept = undefined
  }
}
