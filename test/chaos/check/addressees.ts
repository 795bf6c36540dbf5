// I4: nothing reaches another session or user than the one it was addressed to.
import type { Cast } from '../history.ts'
import type { Deliveries, Original } from './deliveries.ts'
import type { Violation } from './violation.ts'

/** Sessions that the delivery is for: named by it, or by the gateway that resolved it. */
export function sessionsOf(original: Original, deliveries: Deliveries): readonly string[] {
  const named = original.targets.filter((target) => target.startsWith('session:'))
  const resolved = deliveries.forwards.get(original.place) ?? []
  return [...new Set([...named.map((target) => target.slice(8)), ...resolved.map(({ session }) => session)])]
}

export function checkAddressees(deliveries: Deliveries, cast: Cast): Violation[] {
  const violations: Violation[] = []
  const violate = (how: string, detail: string, uuid: string, session: string) =>
    violations.push({ invariant: 'I4', how, detail, uuids: [uuid], sessions: [session] })
  for (const [uuid, arrivals] of deliveries.arrivals) {
    const originals = deliveries.originals.get(uuid)
    for (const { client, session } of arrivals) {
      const { user = '' } = cast[client] ?? {}
      const where = `client ${client} (${user}) got ${uuid} on session ${session}`
      if (originals === undefined) {
        violate('delivered though nobody sent it', where, uuid, session)
        continue
      }
      const isForUser = ({ targets }: Original) =>
        targets.every((target) => !target.startsWith('user:') || target === `user:${user}`)
      const to = originals.flatMap(({ targets }) => targets).join(', ')
      if (!originals.some(isForUser))
        violate('delivered to another user', `${where}; it is for ${to}`, uuid, session)
      else if (!originals.some((original) => sessionsOf(original, deliveries).includes(session)))
        violate('delivered to another session', `${where}; it is for ${to}`, uuid, session)
    }
  }
  return violations
}
