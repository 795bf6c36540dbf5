// Hands a delivery to sockets: to the one connection of a session, or to every connection of a tenant.
import type { Connection } from '../connection/connection.ts'
import type { Encoded } from '../protocol/frames.ts'
import type { Session } from '../session/session.ts'
import type { Delivery } from './delivery.ts'
import type { IncomingRecord } from './ports.ts'
import { toFrame } from './to-frame.ts'

/** What keeps a delivery from a session that is here: not for its tenant, or nothing it should still see. */
export function unwanted(delivery: Delivery, session: Session): 'wrong-tenant' | 'not-shown' | undefined {
  if (delivery.tenant !== session.principal.tenant) return 'wrong-tenant'
  if (delivery.except === session.id) return 'not-shown'
  if (delivery.request === undefined || delivery.session !== session.id) return undefined
  return session.requests.stateOf(delivery.request) === 'ended' ? 'not-shown' : undefined
}

/** `position` goes with it; `onWritten` is called once, true when the socket's buffer has let it go. */
export function writeTo(
  connection: Connection,
  session: Session,
  delivery: Delivery,
  record: IncomingRecord,
  position: string,
  onWritten: (written: boolean) => void,
): void {
  const { request } = delivery
  if (request !== undefined && delivery.session === session.id && !delivery.more)
    session.requests.answered(request)
  connection.send(toFrame(delivery, session.id, position, record.timestamp), onWritten)
}

/** How many connections of the tenant a broadcast reached, and whether some that were open did not get it. */
export type Reach = { readonly written: number; readonly missed: number; readonly slow: boolean }

/** Every connection of the tenant but the one left out; encoded once for each dialect and each position. */
export function writeToAll(
  connections: Iterable<Connection>,
  delivery: Delivery,
  record: IncomingRecord,
  positionOf: (session: Session) => string,
  done: (reach: Reach) => void,
): void {
  const encodings = new Map<string, Encoded | undefined>()
  let left = 1
  const reach = { written: 0, missed: 0, slow: false }
  const oneLess = (): void => {
    if (--left === 0) done(reach)
  }
  for (const connection of connections) {
    const { session, dialect, open } = connection
    if (!open || session?.principal.tenant !== delivery.tenant || session.id === delivery.except) continue
    const position = positionOf(session)
    const name = `${dialect.name} ${position}`
    if (!encodings.has(name))
      encodings.set(name, dialect.encode(toFrame(delivery, '', position, record.timestamp)))
    const encoded = encodings.get(name)
    if (encoded === undefined) continue
    left++
    connection.sendEncoded(encoded, (written) => {
      if (written) reach.written++
      else reach.missed++
      reach.slow ||= connection.closing === 'slow-consumer'
      oneLess()
    })
  }
  oneLess()
}
