// When faults were going on, so that a check can tell what a fault excuses.
import type { Entry } from '../history.ts'

type Span = { readonly kind: string; readonly from: number; to: number }

export class Troubles {
  readonly #spans = new Map<number, Span>()
  readonly byKind = new Map<string, number>()

  take(entry: Entry): void {
    if (entry.e !== 'fault') return
    const { nth, kind, at, phase } = entry
    if (phase === 'begin') {
      this.#spans.set(nth, { kind, from: at, to: Infinity })
      this.byKind.set(kind, (this.byKind.get(kind) ?? 0) + 1)
      return
    }
    const span = this.#spans.get(nth)
    if (span) span.to = at
    if (entry.skipped) {
      this.#spans.delete(nth)
      this.byKind.set(kind, (this.byKind.get(kind) ?? 1) - 1)
    }
  }

  /** Whether a fault whose kind begins so went on at any time from `from` to `to`, in ms. */
  during(prefix: string, from: number, to: number): boolean {
    for (const span of this.#spans.values())
      if (span.kind.startsWith(prefix) && span.from <= to && span.to >= from) return true
    return false
  }
}
