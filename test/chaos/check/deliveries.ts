// What backends sent and where it came out: gathered while a history is read, for I4 and I5 to judge when it is whole.
import type { Entry, Receipt, Stored } from '../history.ts'
import { placeOf, push } from './violation.ts'

/** A record that a backend wrote, where it stood first. */
export type Original = {
  readonly uuid: string
  readonly place: string
  readonly topic: string
  readonly offset: number
  /** Broker's time. */
  readonly at: number
  readonly log: 'slot' | 'dispatch'
  readonly targets: readonly string[]
  readonly request?: string | undefined
}

/** The first time that a delivery came to a session. */
export type Arrival = {
  readonly client: number
  readonly connection: number
  readonly session: string
  readonly at: number
  /** Grows with every arrival of the run. */
  readonly nth: number
  readonly request?: string | undefined
}

export type Forward = { readonly session: string; readonly at: number }

export class Deliveries {
  /** By uuid; more than one where a producer wrote it twice. */
  readonly originals = new Map<string, Original[]>()
  /** By uuid. */
  readonly arrivals = new Map<string, Arrival[]>()
  /** By place of the original. */
  readonly forwards = new Map<string, Forward[]>()
  /** Failures told on the receipts topic, by place of the original. */
  readonly failures = new Map<string, Receipt[]>()
  readonly lost: Receipt[] = []
  /** `<client>/<id>` of requests that ended by a refusal: their replies are not shown. */
  readonly abandoned = new Set<string>()
  /** `<client>/<id>` of requests that were answered. */
  readonly answered = new Set<string>()
  repeats = 0
  #arrived = 0

  take(entry: Entry): void {
    if (entry.e === 'receipt') this.#onReceipt(entry)
    else if (entry.e === 'stored' && entry.log !== 'inbound') this.#onStored(entry)
    else if (entry.e === 'client' && entry.kind === 'refusal')
      this.abandoned.add(`${entry.client}/${entry.id}`)
    else if (entry.e === 'client' && entry.kind === 'received') {
      const { client, connection, session, at, uuid, request } = entry
      if (request !== undefined) this.answered.add(`${client}/${request}`)
      const known = this.arrivals.get(uuid)
      // To another session it is no repeat: whoever judges who may have it needs to know.
      if (known?.some((arrival) => arrival.session === session)) {
        this.repeats += 1
        return
      }
      this.#arrived += 1
      push(this.arrivals, uuid, { client, connection, session, at, request, nth: this.#arrived })
    }
  }

  arrivedAt(uuid: string, session: string): Arrival | undefined {
    return this.arrivals.get(uuid)?.find((arrival) => arrival.session === session)
  }

  /** Failures told of this delivery for this target; those of a range that it lay in are for every target. */
  failuresOf({ place, topic, offset }: Original, target: string): readonly Receipt[] {
    const own = this.failures.get(place) ?? []
    const ranges = this.lost.filter(
      ({ lost }) => lost?.topic === topic && lost.from <= offset && offset < lost.to,
    )
    return [...own.filter((receipt) => receipt.target === target), ...ranges]
  }

  #onReceipt(receipt: Receipt): void {
    if (receipt.outcome !== 'failed') return
    if (receipt.lost) this.lost.push(receipt)
    else push(this.failures, receipt.origin, receipt)
  }

  #onStored(record: Stored): void {
    const { uuid, topic, offset, at, log, to = '', origin, request } = record
    const targets = to.split(',')
    if (origin !== undefined) {
      for (const target of targets)
        if (target.startsWith('session:')) push(this.forwards, origin, { session: target.slice(8), at })
      return
    }
    const place = placeOf(record)
    const kind = log === 'slot' ? 'slot' : 'dispatch'
    push(this.originals, uuid, { uuid, place, topic, offset, at, log: kind, targets, request })
  }
}
