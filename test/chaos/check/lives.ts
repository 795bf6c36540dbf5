// The lives of sessions: who comes back in time finds the session again, and every session gets a final event.
import { isGap } from '../../support/client-record.ts'
import type { Entry } from '../history.ts'
import type { Troubles } from './troubles.ts'
import { type Counts, count, type Violation } from './violation.ts'

type Stay = { readonly session: string; readonly connection: number; from: number; to: number }

/** A registry that forgot, or Kafka that was away, may have effects for so long after, in ms. */
const afterMs = 15_000

export class LivesCheck {
  readonly #troubles: Troubles
  readonly #surelyMs: number
  /** By client: its latest connection that was welcome. */
  readonly #stays = new Map<number, Stay>()
  readonly #lastSeen = new Map<string, number>()
  /** By session: the lowest generation of which a final event was told, and the highest that was told to live. */
  readonly #ended = new Map<string, number>()
  readonly #lived = new Map<string, number>()
  readonly #events = new Map<string, string>()
  readonly violations: Violation[] = []
  /** Events by kind, copies left out. */
  readonly counts: Counts = {}

  constructor(troubles: Troubles, surelyResumableMs: number) {
    this.#troubles = troubles
    this.#surelyMs = surelyResumableMs
  }

  take(entry: Entry): void {
    if (entry.e === 'event') return this.#onEvent(entry)
    if (entry.e !== 'client') return
    const stay = this.#stays.get(entry.client)
    if (entry.kind === 'welcome') this.#onWelcome(entry)
    else if (entry.kind === 'closed' && stay?.connection === entry.connection) {
      stay.to = entry.at
      this.#lastSeen.set(stay.session, entry.at)
    }
  }

  finish(): void {
    // Nobody writes events: a gateway that does not do so yet.
    if (this.#events.size === 0) return
    for (const [session, ended] of this.#ended) {
      const lived = this.#lived.get(session) ?? 0
      if (lived <= ended) continue
      const detail = `session ${session} ended with generation ${ended}, went on with ${lived}, and did not end again`
      const how = 'went on after its last final event'
      this.violations.push({ invariant: 'event', how, detail, sessions: [session] })
    }
    for (const [session, at] of this.#lastSeen) {
      if (this.#ended.has(session) || this.#troubles.during('redis', at - afterMs, Infinity)) continue
      const detail = `session ${session} was last connected ${new Date(at).toISOString()}`
      this.violations.push({ invariant: 'event', how: 'no final event', detail, sessions: [session] })
    }
  }

  #onWelcome(entry: Extract<Entry, { e: 'client'; kind: 'welcome' }>): void {
    const { client, connection, session, before, at } = entry
    const stay = this.#stays.get(client)
    this.#stays.set(client, { session, connection, from: at, to: at })
    this.#lastSeen.set(session, at)
    if (stay === undefined || !isGap(entry) || at - stay.to > this.#surelyMs) return
    if (this.#troubles.during('kafka', stay.from - afterMs, at)) {
      count(this.counts, 'sessions lost in time, with trouble in Kafka')
      return
    }
    const what = before === session ? 'came back with something missing' : 'was not found again'
    const detail = `client ${client}: session ${before} ${what}, ${at - stay.to} ms after its connection ended`
    const sessions = [stay.session, session]
    this.violations.push({
      invariant: 'I5',
      how: 'lost a session that could be resumed',
      detail,
      sessions,
      client: { number: client, at },
    })
  }

  #onEvent({ session, kind, id, reason = '' }: Extract<Entry, { e: 'event' }>): void {
    const generation = Number(id.split('/')[1])
    if (kind === 'ended') this.#ended.set(session, Math.max(generation, this.#ended.get(session) ?? 0))
    else if (kind !== 'detached') {
      // Told by who cleans up after a dead node while its client was on its way back.
      if (this.#ended.has(session)) count(this.counts, 'resumed after a final event')
      this.#lived.set(session, Math.max(generation, this.#lived.get(session) ?? 0))
    }
    const told = `${session} ${kind}`
    const known = this.#events.get(id)
    if (known === undefined) {
      this.#events.set(id, told)
      count(this.counts, kind)
    } else if (known === told) count(this.counts, 'copies')
    else {
      const detail = `${id} is ${known} and ${told} ${reason}`
      this.violations.push({ invariant: 'event', how: 'two events with one id', detail, sessions: [session] })
    }
  }
}
