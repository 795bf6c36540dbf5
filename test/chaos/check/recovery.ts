// How long it took: of each kind of fault, when clients were back and when acks came again.
import type { Entry } from '../history.ts'
import { push } from './violation.ts'

type Loss = { readonly at: number; backAfter: number | undefined }

export type Recovery = {
  readonly kind: string
  readonly times: number
  /** Welcome connections that ended without the client's doing, from the beginning of the fault to a while after it. */
  readonly lost: number
  /** Milliseconds until those clients were welcome again; `never` counts the others. */
  readonly backMs: {
    readonly p50: number
    readonly p99: number
    readonly most: number
    readonly never: number
  }
  /** The longest time in which no client got an ack, in ms. */
  readonly silentMs: number
  /** The longest time from the end of the fault to the next ack, in ms. */
  readonly ackedAfterMs: number
}

/** What ends so long after a fault may still be its effect. */
const afterMs = 10_000

export class RecoveryCheck {
  readonly #spans = new Map<number, { kind: string; from: number; to: number }>()
  readonly #welcome = new Set<string>()
  readonly #losses: Loss[] = []
  readonly #waiting = new Map<number, Loss>()
  readonly #acks: number[] = []

  take(entry: Entry): void {
    if (entry.e === 'fault') {
      const { nth, kind, at, phase } = entry
      if (phase === 'begin') this.#spans.set(nth, { kind, from: at, to: at })
      else if (entry.skipped) this.#spans.delete(nth)
      else (this.#spans.get(nth) ?? { to: 0 }).to = at
    }
    if (entry.e !== 'client') return
    const { client, connection, at, kind } = entry
    const name = `${client}/${connection}`
    if (kind === 'ack') this.#acks.push(at)
    else if (kind === 'welcome') {
      this.#welcome.add(name)
      const loss = this.#waiting.get(client)
      if (loss) loss.backAfter = at - loss.at
      this.#waiting.delete(client)
    } else if (kind === 'closed' && this.#welcome.delete(name)) {
      // One that leaves by itself may stay away for as long as it likes.
      if (entry.ours) return void this.#waiting.delete(client)
      const loss = { at, backAfter: undefined }
      this.#losses.push(loss)
      this.#waiting.set(client, loss)
    }
  }

  /** One row for each kind of fault. Where faults overlap, the effects of one are counted to the other as well. */
  finish(): Recovery[] {
    const kinds = new Map<string, { from: number; to: number }[]>()
    for (const { kind, from, to } of this.#spans.values()) push(kinds, kind, { from, to })
    return [...kinds].map(([kind, spans]) => {
      const losses = this.#losses.filter(({ at }) =>
        spans.some(({ from, to }) => at >= from && at <= to + afterMs),
      )
      const back = losses.flatMap(({ backAfter }) => backAfter ?? []).sort((one, other) => one - other)
      const at = (part: number) => back[Math.min(back.length - 1, Math.floor(back.length * part))] ?? 0
      return {
        kind,
        times: spans.length,
        lost: losses.length,
        backMs: { p50: at(0.5), p99: at(0.99), most: back.at(-1) ?? 0, never: losses.length - back.length },
        silentMs: Math.max(0, ...spans.map(({ from, to }) => this.#silence(from, to + afterMs))),
        ackedAfterMs: Math.max(0, ...spans.map(({ to }) => this.#next(to) - to)),
      }
    })
  }

  #silence(from: number, to: number): number {
    let [last, longest] = [from, 0]
    for (const at of this.#acks) {
      if (at <= from || last >= to) continue
      longest = Math.max(longest, at - last)
      last = at
    }
    return longest
  }

  #next(after: number): number {
    return this.#acks.find((at) => at >= after) ?? after
  }
}

/** One line for each kind, as a table. */
export function recoveryLines(rows: readonly Recovery[]): string[] {
  const cells = rows.map(({ kind, times, lost, backMs, silentMs, ackedAfterMs }) => {
    const back = lost === 0 ? '–' : `${backMs.p50} / ${backMs.p99} / ${backMs.most}`
    const never = backMs.never > 0 ? ` (${backMs.never} not)` : ''
    return [kind, `${times}`, `${lost}`, `${back}${never}`, `${silentMs}`, `${ackedAfterMs}`]
  })
  const head = ['fault', 'times', 'lost', 'back ms p50 / p99 / most', 'no ack ms', 'acked again ms']
  const widths = head.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0)))
  return [head, ...cells].map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
}
