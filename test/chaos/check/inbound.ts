// I1 to I3: what was acked is in Kafka where the ack said, in the order it was sent, and copies are recognisable.
import type { Entry, Stored } from '../history.ts'
import type { Troubles } from './troubles.ts'
import { type Counts, count, placeOf, type Violation } from './violation.ts'

type Sent = {
  readonly client: number
  readonly at: number
  readonly sequence: number
  readonly key: string
  /** The connection that it was sent on first. */
  readonly connection: string
  sends: number
  /** Connections on which it was refused: on those its place in the order is not promised. */
  refused?: Set<number>
  stored?: { source: string; id: string; sequence: string; copies: number }
}

/** Milliseconds that Kafka's trouble may have effects after its end. */
const kafkaAfterMs = 15_000

type ClientEntry = Extract<Entry, { e: 'client' }>

export class InboundCheck {
  /** By uuid, which for inbound messages is also the id of the frame. */
  readonly #sent = new Map<string, Sent>()
  readonly #acks: { readonly uuid: string; readonly place: string }[] = []
  readonly #places = new Map<string, string>()
  /** By client, connection and key: the last frame of it that was stored, in order of the log. */
  readonly #lastOfConnection = new Map<string, number>()
  /** By client and key: the last message whose first copy was stored. */
  readonly #lastOfKey = new Map<string, { sequence: number; uuid: string }>()
  readonly #sends = new Set<string>()
  readonly #troubles: Troubles
  readonly violations: Violation[] = []
  readonly counts: Counts = { sent: 0, acked: 0, refused: 0, 'in Kafka': 0, copies: 0 }

  constructor(troubles: Troubles) {
    this.#troubles = troubles
  }

  /** Records have to come partition by partition in the order of their offsets, behind all that clients did. */
  take(entry: Entry): void {
    if (entry.e === 'client') this.#onClient(entry)
    else if (entry.e === 'stored' && entry.log === 'inbound') this.#onStored(entry)
  }

  #onClient(entry: ClientEntry): void {
    if (entry.kind === 'sent') {
      const { id, sequence, key = '' } = entry.what
      const known = this.#sent.get(id)
      if (known === undefined) {
        this.#sent.set(id, {
          client: entry.client,
          at: entry.at,
          sequence,
          key,
          connection: String(entry.connection),
          sends: 1,
        })
        count(this.counts, 'sent')
      } else known.sends += 1
    } else if (entry.kind === 'ack') {
      this.#acks.push({ uuid: entry.id, place: placeOf(entry.place) })
      count(this.counts, 'acked')
    } else if (entry.kind === 'refusal') {
      count(this.counts, 'refused')
      const sent = this.#sent.get(entry.id ?? '')
      if (sent) (sent.refused ??= new Set()).add(entry.connection)
    }
  }

  #onStored(record: Stored): void {
    count(this.counts, 'in Kafka')
    const { uuid, source = '', id = '', sequence = '' } = record
    this.#places.set(placeOf(record), uuid)
    const sent = this.#sent.get(uuid)
    if (sent === undefined) {
      this.#violate('I1', 'stored though nobody sent it', `${placeOf(record)} holds ${uuid}`, uuid)
      return
    }
    this.#checkOrderOfConnection(record, sent)
    const first = sent.stored
    if (first === undefined) {
      sent.stored = { source, id, sequence, copies: 1 }
      this.#checkOrderOfKey(record, sent)
      return
    }
    first.copies += 1
    count(this.counts, 'copies')
    if (first.source !== source || first.id !== id || first.sequence !== sequence) {
      const [one, other] = [
        [first.source, first.id, first.sequence].join(' '),
        [source, id, sequence].join(' '),
      ]
      this.#violate('I3', 'copies differ', `${uuid} is ${one} and ${other}`, uuid)
    }
  }

  /** I2: frames of one connection with one key stand as they were sent; a copy may follow at any time. */
  #checkOrderOfConnection(record: Stored, sent: Sent): void {
    const [connection = 0, nth = 0] = (record.send ?? '').split('.').map(Number)
    const name = `${sent.client}/${connection}`
    if (sent.refused?.has(connection) || this.#sends.has(`${name}.${nth}`)) return
    this.#sends.add(`${name}.${nth}`)
    const last = this.#lastOfConnection.get(`${name}/${sent.key}`) ?? 0
    if (nth > last) this.#lastOfConnection.set(`${name}/${sent.key}`, nth)
    else
      this.#violate(
        'I2',
        'reordered on one connection',
        `client ${sent.client}, connection ${connection}, key ${sent.key}: frame ${nth} (${record.uuid}) stands behind frame ${last} at ${placeOf(record)}`,
        record.uuid,
      )
  }

  /**
   * First copies stand in the order of the client's own count: what had no answer is sent again before anything new.
   * Where Kafka was away a refusal may have been lost with its connection, and what was refused may stand anywhere.
   */
  #checkOrderOfKey(record: Stored, sent: Sent): void {
    if (sent.refused !== undefined) return
    const name = `${sent.client}/${sent.key}`
    const last = this.#lastOfKey.get(name)
    if (last === undefined || last.sequence < sent.sequence) {
      this.#lastOfKey.set(name, { sequence: sent.sequence, uuid: record.uuid })
      return
    }
    const again = record.send?.split('.')[0] !== sent.connection
    if (again && this.#troubles.during('kafka', sent.at - kafkaAfterMs, record.at)) return
    const detail = `client ${sent.client}, key ${sent.key}: the first copy of ${sent.sequence} at ${placeOf(record)} stands behind that of ${last.sequence}`
    this.#violate('I2', 'first copies out of order', detail, record.uuid, last.uuid)
  }

  /** To be called once, behind the last entry. */
  finish(): void {
    for (const { uuid, place } of this.#acks) {
      const found = this.#places.get(place)
      if (found === uuid) continue
      const stands = this.#sent.get(uuid)?.stored !== undefined
      const what = found === undefined ? 'nothing of ours' : found
      if (stands) this.#violate('I1', 'acked at another place', `${uuid} at ${place}, where ${what} is`, uuid)
      else this.#violate('I1', 'acked but not in Kafka', `${uuid} at ${place}, where ${what} is`, uuid)
    }
  }

  #violate(invariant: Violation['invariant'], how: string, detail: string, ...uuids: string[]): void {
    this.violations.push({ invariant, how, detail, uuids })
  }
}
