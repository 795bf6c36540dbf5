// All listeners of a run, spread over processes of their own, as one.
import { join } from 'node:path'
import type { Child } from '../child.ts'
import type { Greeting, ListenerNote, ListenerOrder } from './notes.ts'

export type Counts = { readonly least: number; readonly most: number; readonly closed: number }

export type Target = { readonly name: string; readonly port: number; readonly greeting: Greeting }

export type Crowd = {
  readonly pids: Readonly<Record<string, number>>
  /** Connects `count` listeners; the n-th has the n-th token. */
  open(side: Target, count: number, tokens: readonly string[]): Promise<void>
  /** Counting begins at zero. */
  begin(side: string, burst: number): Promise<void>
  /** Resolves when every listener of the side has got one more burst. Asked for before it is sent. */
  reached(): Promise<void>
  counts(side: string): Promise<Counts>
  close(side: string): Promise<void>
}

export const listenersScript = join(import.meta.dirname, 'listeners.ts')

/** Of a process: they count against the limit of open files, which is 20,000 in places. */
export const mostListeners = 18_000

/** The share of the n-th of `parts`. */
const shareOf = (count: number, parts: number, n: number): number =>
  Math.floor((count + parts - 1 - n) / parts)

export const createCrowd = (children: readonly Child[]): Crowd => {
  let missing = 0
  let reached = Promise.withResolvers<void>()
  const asks = children.map((child) => {
    let answer = Promise.withResolvers<ListenerNote>()
    child.process.on('message', (note: ListenerNote) => {
      if (note.note !== 'reached') answer.resolve(note)
      else if (--missing === 0) reached.resolve()
    })
    return async (order: ListenerOrder): Promise<ListenerNote> => {
      answer = Promise.withResolvers()
      child.process.send(order)
      const note = await answer.promise
      if (note.note === 'failed') throw new Error(`${order.side}: ${note.message}`)
      return note
    }
  })
  /** Those that have listeners at all. */
  const members = new Map<string, number>()
  const all = (order: ListenerOrder) => Promise.all(asks.map((ask) => ask(order)))
  let counted = ''
  return {
    pids: Object.fromEntries(children.map(({ name, pid }) => [name, pid])),
    async open({ name: side, port, greeting }, count, tokens) {
      let first = 0
      members.set(side, Math.min(children.length, count))
      const shares = asks.map((_, n) => shareOf(count, children.length, n))
      await Promise.all(
        asks.map((ask, n) => {
          const share = shares[n] ?? 0
          const mine = tokens.slice(first, (first += share))
          return ask({ order: 'open', side, port, count: share, greeting, tokens: mine })
        }),
      )
    },
    async begin(side, burst) {
      counted = side
      await all({ order: 'begin', side, burst })
    },
    reached() {
      missing = members.get(counted) ?? 0
      reached = Promise.withResolvers()
      return reached.promise
    },
    async counts(side) {
      const notes = await all({ order: 'end', side })
      const counts = notes.flatMap((note) =>
        note.note === 'counts' && note.most >= note.least ? [note] : [],
      )
      return {
        least: Math.min(...counts.map(({ least }) => least)),
        most: Math.max(...counts.map(({ most }) => most)),
        closed: counts.reduce((sum, { closed }) => sum + closed, 0),
      }
    },
    async close(side) {
      await all({ order: 'close', side })
    },
  }
}
