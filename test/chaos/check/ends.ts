// I7 and I8, and what is left at the end: the registry is right, processes ended only when asked, nobody waits for ever.
import type { Cast, Entry, Stored } from '../history.ts'
import { type Counts, count, type Violation } from './violation.ts'

/** What a gateway prints when something was thrown that nobody expected. */
const unexpected = /uncaught|unhandled|TypeError|ReferenceError|RangeError|heap out of memory|ERR_ASSERTION/i

export class EndsCheck {
  readonly #cast: Cast
  readonly violations: Violation[] = []
  readonly counts: Counts = {}
  #hasRegistry = false
  /** Of each log that was never settled what its group has committed, and the first record from there on. */
  readonly #unsettled = new Map<
    string,
    { readonly committed: number; readonly detail: string; blocking?: Stored }
  >()

  constructor(cast: Cast) {
    this.#cast = cast
  }

  take(entry: Entry): void {
    if (entry.e === 'registry') this.#onRegistry(entry)
    else if (entry.e === 'node') this.#onNode(entry)
    else if (entry.e === 'said' && unexpected.test(entry.line))
      this.#violate('I8', 'unexpected failure', `${entry.node} said: ${entry.line}`)
    else if (entry.e === 'rest') this.#onRest(entry)
    else if (entry.e === 'unsettled') this.#onUnsettled(entry.detail)
    else if (entry.e === 'stored') this.#findBlocking(entry)
    else if (entry.e === 'late-hello') {
      count(this.counts, `late hellos: ${entry.answer}`)
      if (entry.answer === 'resumed') {
        const detail = `client ${entry.client}: attempt ${entry.attempt} got session ${entry.session} after a newer one`
        this.#violate('hello', 'a late hello won', detail, entry.session)
      }
    }
  }

  /** To be called once, behind the last entry. */
  finish(): void {
    for (const { detail, blocking } of this.#unsettled.values()) {
      const what = blocking ? `; ${blocking.uuid} for ${blocking.to} stands at ${blocking.offset}` : ''
      const story = blocking ? { uuids: [blocking.uuid], sessions: [blocking.to?.slice(8) ?? ''] } : {}
      this.violations.push({ invariant: 'I5', how: 'never settled', detail: `${detail}${what}`, ...story })
    }
    if (!this.#hasRegistry) this.#violate('I7', 'not looked at', 'the history has no look at the registry')
  }

  /** `<topic>/<partition>: committed <offset> of <end>`. */
  #onUnsettled(detail: string): void {
    const [, log = detail, committed] = /^(\S+?\/\d+): committed (-?\d+)/.exec(detail) ?? []
    this.#unsettled.set(log, { committed: Number(committed ?? Number.NaN), detail })
  }

  /** Logs are read in order: the first record that is not committed is what holds up the rest. */
  #findBlocking(record: Stored): void {
    const found = this.#unsettled.get(`${record.topic}/${record.partition}`)
    if (found && found.blocking === undefined && record.offset >= found.committed) found.blocking = record
  }

  #onRegistry({ entries, live }: Extract<Entry, { e: 'registry' }>): void {
    this.#hasRegistry = true
    const found = new Map<string, string[]>()
    for (const { session, owner } of entries) found.set(session, [...(found.get(session) ?? []), owner])
    for (const { session, client } of live) {
      const owners = found.get(session) ?? []
      found.delete(session)
      const owner = `/${this.#cast[client]?.user}`
      if (owners.length === 0)
        this.#violate(
          'I7',
          'a live session is not entered',
          `session ${session} of client ${client}`,
          session,
        )
      else if (owners.length > 1 || owners[0] !== owner) {
        const detail = `session ${session} of ${owner} is entered for ${owners.join(', ')}`
        this.#violate('I7', 'a live session is entered wrongly', detail, session)
      }
    }
    for (const [session, owners] of found)
      this.#violate('I7', 'a dead session is entered', `session ${session} of ${owners.join(', ')}`, session)
    count(this.counts, 'sessions in the registry', entries.length)
    count(this.counts, 'sessions of clients', live.length)
  }

  #onNode({ node, pid, what, asked, code }: Extract<Entry, { e: 'node' }>): void {
    if (what === 'started') count(this.counts, 'nodes started')
    if (what === 'ended' && asked !== true)
      this.#violate('I8', 'a process ended by itself', `${node}, process ${pid}, with ${code}`)
  }

  #onRest({ client, waiting, up }: Extract<Entry, { e: 'rest' }>): void {
    if (!up) this.#violate('I8', 'a client never came back', `client ${client}`)
    else if (waiting > 0)
      this.#violate('I8', 'never answered', `client ${client} waits for answers to ${waiting} frames`)
  }

  #violate(invariant: Violation['invariant'], how: string, detail: string, session?: string): void {
    this.violations.push({
      invariant,
      how,
      detail,
      ...(session === undefined ? {} : { sessions: [session] }),
    })
  }
}
