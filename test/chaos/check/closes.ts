// Closes out of turn: a client that is told to stay away, or closed as slow before it had the time it is given.
import type { Entry } from '../history.ts'
import { type Counts, count, type Violation } from './violation.ts'

export class ClosesCheck {
  readonly #confirmTimeoutMs: number
  readonly #since = new Map<string, number>()
  readonly violations: Violation[] = []
  readonly counts: Counts = {}

  constructor(confirmTimeoutMs: number) {
    this.#confirmTimeoutMs = confirmTimeoutMs
  }

  take(entry: Entry): void {
    if (entry.e !== 'client') return
    const { client, connection, at } = entry
    const name = `${client}/${connection}`
    if (entry.kind === 'welcome') this.#since.set(name, at)
    if (entry.kind !== 'closed') return
    const since = this.#since.get(name)
    this.#since.delete(name)
    if (entry.ours) return
    const { code, reason } = entry
    count(this.counts, `closed with ${code}`)
    const told = { client: { number: client, at } }
    const detail = `client ${client}, connection ${connection}: ${code} ${reason}`
    if (code >= 4400 && code < 4500)
      this.violations.push({ invariant: 'close', how: 'a client was sent away for good', detail, ...told })
    const hadMs = at - (since ?? at)
    if (code === 4513 && reason.includes('not confirmed') && hadMs < this.#confirmTimeoutMs)
      this.violations.push({
        invariant: 'close',
        how: 'slow to confirm, before it had time to',
        detail: `${detail}, ${hadMs} ms after its welcome`,
        ...told,
      })
  }
}
