// One connection of the client that is tried out: what it said, waited for frame by frame, and what it is told.
import type { WebSocket } from 'ws'

export type Fields = Readonly<Record<string, unknown>>
export type Said = { readonly kind: string; readonly fields: Fields; readonly at: number }

/** What a scenario waited for and did not get. */
export class Missing extends Error {
  override readonly name = 'Missing'
}

export type Ended = { readonly code: number; readonly at: number }

const patienceMs = 8_000

export class Peer {
  readonly ws: WebSocket
  /** When the handshake was done. */
  readonly at = performance.now()
  readonly said: Said[] = []
  /** How it ended, when it has. */
  end: Ended | undefined
  #taken = new Set<Said>()
  #wake = new Set<() => void>()

  constructor(ws: WebSocket) {
    this.ws = ws
    ws.on('error', () => undefined)
    ws.on('message', (data: Buffer) => this.#hear(data.toString()))
    ws.on('close', (code) => {
      this.end = { code, at: performance.now() }
      this.#stir()
    })
  }

  /** Takes the first frame of this kind that was not taken yet. Throws Missing after `withinMs`. */
  async next(
    kind: string,
    where: (fields: Fields) => boolean = () => true,
    withinMs = patienceMs,
  ): Promise<Said> {
    const find = () =>
      this.said.find((said) => !this.#taken.has(said) && said.kind === kind && where(said.fields))
    await this.until(() => find() !== undefined, withinMs)
    const found = find()
    if (found === undefined)
      throw new Missing(`no ${kind} came${this.end ? ` before the close ${this.end.code}` : ''}`)
    this.#taken.add(found)
    return found
  }

  /** Resolves when `fact` holds, the connection is over, or the time is. */
  async until(fact: () => boolean, withinMs = patienceMs): Promise<void> {
    const deadline = performance.now() + withinMs
    while (!fact() && this.end === undefined) {
      const left = deadline - performance.now()
      if (left <= 0) return
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          this.#wake.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, left)
        this.#wake.add(wake)
      })
    }
  }

  /** Resolves with how it ended. Throws Missing where it does not. */
  async ended(withinMs = patienceMs): Promise<Ended> {
    await this.until(() => false, withinMs)
    if (this.end === undefined) throw new Missing(`the client did not close within ${withinMs} ms`)
    return this.end
  }

  tell(kind: string, fields: object): void {
    this.text(JSON.stringify({ [kind]: fields }))
  }

  /** Sends this text, whatever it is. */
  text(text: string): void {
    if (this.ws.readyState === this.ws.OPEN) this.ws.send(text)
  }

  #hear(text: string): void {
    let [kind, fields]: [string, Fields] = ['', {}]
    try {
      ;[kind, fields] = Object.entries(JSON.parse(text) as Record<string, Fields>)[0] ?? ['', {}]
    } catch {
      kind = 'garbage'
    }
    this.said.push({ kind, fields, at: performance.now() })
    this.#stir()
  }

  #stir(): void {
    for (const wake of this.#wake) wake()
  }
}
