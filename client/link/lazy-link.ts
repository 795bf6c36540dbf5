// A link whose code is loaded when it is first used.
import type { Log } from '../settings.ts'
import type { ClientFrame } from '../wire/frames.ts'
import type { Link, Sent } from './link.ts'

export class LazyLink implements Link {
  readonly #load: () => Promise<Link>
  readonly #log: Log
  #loading: Promise<Link | undefined> | undefined
  #link: Link | undefined

  constructor(load: () => Promise<Link>, log: Log) {
    this.#load = load
    this.#log = log
  }

  start(): void {
    void this.#loaded().then((link) => link?.start())
  }

  async stop(keepSession: boolean): Promise<void> {
    await (await this.#loaded())?.stop(keepSession)
  }

  send(frame: ClientFrame): Sent {
    return this.#link?.send(frame) ?? 'not-now'
  }

  handled(position: string): void {
    this.#link?.handled(position)
  }

  /** What could not be loaded is tried again by the next call. */
  #loaded(): Promise<Link | undefined> {
    this.#loading ??= this.#load().then(
      (link) => {
        this.#link = link
        return link
      },
      (error: unknown) => {
        this.#log.error('openclaw: a part of the client could not be loaded', error)
        this.#loading = undefined
        return undefined
      },
    )
    return this.#loading
  }
}
