// The history of a run: one line of JSON for each thing that happened, in a file, so that a long run needs no memory.
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ClientEvent } from '../support/client-events.ts'

/** A record on a log that clients or backends wrote to, read back when all was over. `at` is the broker's time. */
export type Stored = {
  readonly e: 'stored'
  readonly at: number
  readonly log: 'inbound' | 'slot' | 'dispatch'
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** From the payload. */
  readonly uuid: string
  /** Inbound: what identifies the frame. */
  readonly source?: string
  readonly id?: string
  readonly sequence?: string
  readonly session?: string
  readonly key?: string
  /** Inbound: `<connection>.<nth frame of it>`. */
  readonly send?: string
  /** Slot and dispatch: targets. */
  readonly to?: string
  /** Of a record that a gateway sent on: the first place. */
  readonly origin?: string
  readonly request?: string
}

/** What a gateway said of a delivery on the receipts topic. */
export type Receipt = {
  readonly e: 'receipt'
  readonly at: number
  readonly origin: string
  readonly target: string
  readonly outcome: string
  readonly reason?: string
  /** Of a lost range: its log and its offsets, `to` excluded. */
  readonly lost?: {
    readonly topic: string
    readonly partition: number
    readonly from: number
    readonly to: number
  }
  readonly node?: string
}

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never

export type Entry =
  | ({ readonly e: 'client'; readonly at: number; readonly client: number } & Without<ClientEvent, 'payload'>)
  /** A hello of an older attempt that was sent after a newer one was welcome, and what came of it. */
  | {
      readonly e: 'late-hello'
      readonly at: number
      readonly client: number
      readonly attempt: number
      readonly session: string
      /** `resumed`: it got the session. */
      readonly answer: 'resumed' | 'new-session' | 'closed' | 'nothing'
      readonly code?: number
    }
  /** A backend handed a delivery to its producer; `at` before that. */
  | {
      readonly e: 'made'
      readonly at: number
      readonly uuid: string
      readonly to: string
      readonly topic: string
    }
  | Stored
  | Receipt
  | { readonly e: 'quarantined'; readonly at: number; readonly origin: string; readonly detail: string }
  | {
      readonly e: 'event'
      readonly at: number
      readonly session: string
      readonly kind: string
      readonly id: string
      readonly reason?: string
    }
  | {
      readonly e: 'fault'
      readonly at: number
      readonly nth: number
      readonly kind: string
      readonly phase: 'begin' | 'end'
      /** At its end: it was not done. */
      readonly skipped?: boolean
      readonly detail?: string
    }
  /** A gateway process; `asked`: we ended it. */
  | {
      readonly e: 'node'
      readonly at: number
      readonly node: string
      readonly pid: number
      readonly what: 'started' | 'ready' | 'ended'
      readonly asked?: boolean
      readonly code?: number | string
    }
  | { readonly e: 'said'; readonly at: number; readonly node: string; readonly line: string }
  /** The registry, and the sessions that clients had at that time. */
  | {
      readonly e: 'registry'
      readonly at: number
      readonly entries: readonly { readonly session: string; readonly owner: string; readonly slot: number }[]
      readonly live: readonly { readonly session: string; readonly client: number }[]
    }
  /** A slot whose group has not committed up to the end of its log when all was over. */
  | { readonly e: 'unsettled'; readonly at: number; readonly detail: string }
  /** What a client still waited for when all was over; `up`: it was welcome somewhere. */
  | {
      readonly e: 'rest'
      readonly at: number
      readonly client: number
      readonly waiting: number
      readonly up: boolean
    }

/** Who the clients are: what the checker knows of them beforehand. */
export type Cast = readonly { readonly user: string; readonly confirms: boolean }[]

const flushMs = 100

export class History {
  readonly path: string
  readonly #file: WriteStream
  readonly #timer: NodeJS.Timeout
  #lines: string[] = []
  count = 0

  constructor(path: string) {
    this.path = path
    this.#file = createWriteStream(path)
    this.#timer = setInterval(() => this.#flush(), flushMs)
  }

  add(entry: Entry): void {
    this.count += 1
    this.#lines.push(JSON.stringify(entry))
  }

  /** Resolves when everything is in the file. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#flush()
    await new Promise<void>((resolve) => this.#file.end(resolve))
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    this.#file.write(`${this.#lines.join('\n')}\n`)
    this.#lines = []
  }
}

/** The entries of a finished history, in the order they were added. */
export async function* readHistory(path: string): AsyncGenerator<Entry> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity }))
    if (line !== '') yield JSON.parse(line) as Entry
}
