// I5's order: on one connection, what was never sent on arrives in the order of the log it was written to.
import type { Deliveries } from './deliveries.ts'
import { push, type Violation } from './violation.ts'

type Seen = { readonly nth: number; readonly offset: number; readonly uuid: string }

export function checkLogOrder(deliveries: Deliveries): Violation[] {
  const byConnection = new Map<string, Seen[]>()
  for (const [uuid, arrivals] of deliveries.arrivals) {
    const originals = deliveries.originals.get(uuid) ?? []
    const [original] = originals
    if (original?.log !== 'slot' || originals.length > 1 || deliveries.forwards.has(original.place)) continue
    // What came to another connection before is a repeat here, and those may come at any time.
    const [first] = arrivals
    if (first === undefined) continue
    const name = `client ${first.client}, connection ${first.connection}, ${original.topic}`
    push(byConnection, name, { nth: first.nth, offset: original.offset, uuid })
  }
  const violations: Violation[] = []
  for (const [name, seen] of byConnection) {
    seen.sort((one, other) => one.nth - other.nth)
    for (const [at, { offset, uuid }] of seen.entries()) {
      const before = seen[at - 1]
      if (before === undefined || before.offset < offset) continue
      const detail = `${name}: ${before.uuid} of offset ${before.offset} came before ${uuid} of offset ${offset}`
      violations.push({ invariant: 'I5', how: 'out of log order', detail, uuids: [before.uuid, uuid] })
    }
  }
  return violations
}
