// Which connection had which session when, and when its client was told that something may be missing.
import { isGap } from '../../support/client-record.ts'
import type { Entry, Stored } from '../history.ts'
import { push } from './violation.ts'

export type Stay = {
  readonly client: number
  readonly connection: number
  readonly session: string
  readonly from: number
  to: number
  /** The client ended it, or its network did as far as the gateway can tell. */
  code?: number
  /** Of each slot's log the furthest record that was received here without having been sent on. */
  readonly reached: Map<string, number>
}

export class Sessions {
  readonly #stays = new Map<string, Stay>()
  readonly #bySession = new Map<string, Stay[]>()
  readonly #gaps = new Map<string, number[]>()
  readonly clients = new Map<number, Stay[]>()
  /** Sessions that were seen in what they sent: also those whose welcome never came. */
  readonly #senders = new Map<string, number>()

  take(entry: Entry): void {
    if (entry.e === 'stored' && entry.log === 'inbound') this.#onInbound(entry)
    if (entry.e !== 'client') return
    const { client, connection, at } = entry
    if (entry.kind === 'welcome') {
      const { session, before } = entry
      if (isGap(entry) && before !== undefined) push(this.#gaps, before, at)
      const stay: Stay = { client, connection, session, from: at, to: Infinity, reached: new Map() }
      this.#stays.set(`${client}/${connection}`, stay)
      push(this.#bySession, session, stay)
      push(this.clients, client, stay)
    } else if (entry.kind === 'closed') {
      const stay = this.#stays.get(`${client}/${connection}`)
      if (stay) [stay.to, stay.code] = [at, entry.code]
    }
  }

  /** The client that has, or had, the session. */
  clientOf(session: string): number | undefined {
    return this.#bySession.get(session)?.[0]?.client ?? this.#senders.get(session)
  }

  staysOf(session: string): readonly Stay[] {
    return this.#bySession.get(session) ?? []
  }

  stay(client: number, connection: number): Stay | undefined {
    return this.#stays.get(`${client}/${connection}`)
  }

  /** When the client was told that deliveries to this session may be missing, at `from` or within `forMs` after it. */
  gapAfter(session: string, from: number, forMs: number): number | undefined {
    return this.#gaps.get(session)?.find((at) => at >= from && at <= from + forMs)
  }

  /** Whether one connection of the session was open all the time from `from` to `to`. */
  wasUp(session: string, from: number, to: number): boolean {
    return this.staysOf(session).some((stay) => stay.from <= from && stay.to >= to)
  }

  #onInbound({ session, uuid }: Stored): void {
    const [, client] = /^i(\d+)-/.exec(uuid) ?? []
    if (session !== undefined && client !== undefined) this.#senders.set(session, Number(client))
  }

  get gaps(): number {
    return [...this.#gaps.values()].reduce((sum, list) => sum + list.length, 0)
  }

  get sessions(): readonly string[] {
    return [...this.#bySession.keys()]
  }
}
