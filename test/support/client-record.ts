// Everything that happened to a resuming client, in lists that a test can look at.
import type { ClientEvent, Place } from './client-events.ts'

type Told<Kind extends ClientEvent['kind']> = Extract<ClientEvent, { kind: Kind }>

export class ClientRecord {
  /** Deliveries in the order they came, each once. */
  readonly received: Told<'received'>[] = []
  /** How many deliveries came again. */
  repeats = 0
  readonly welcomes: Told<'welcome'>[] = []
  /** Welcomes that said that deliveries may be missing: the session is a new one, or not recovered. */
  readonly gaps: Told<'welcome'>[] = []
  readonly acks = new Map<string, Place>()
  readonly refusals: Told<'refusal'>[] = []
  readonly closes: Told<'closed'>[] = []

  take(event: ClientEvent): void {
    if (event.kind === 'received') {
      if (event.repeat) this.repeats += 1
      else this.received.push(event)
    } else if (event.kind === 'welcome') {
      this.welcomes.push(event)
      if (isGap(event)) this.gaps.push(event)
    } else if (event.kind === 'ack') this.acks.set(event.id, event.place)
    else if (event.kind === 'refusal') this.refusals.push(event)
    else if (event.kind === 'closed') this.closes.push(event)
  }
}

/** Whether this welcome tells that deliveries to the session before may be missing. */
export const isGap = ({
  before,
  session,
  recovered,
}: Omit<Told<'welcome'>, 'kind' | 'connection'>): boolean =>
  before !== undefined && (before !== session || !recovered)
