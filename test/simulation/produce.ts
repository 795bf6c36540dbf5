// A node's writes: queued, appended by Kafka (twice, when an answer was lost), and acked if the node still lives.
import { note, violate } from './create-world.ts'
import { isControl, logOf } from './logs.ts'
import type { LogRecord, Node, Produced, World } from './world.ts'

export function produce(node: Node, produced: Produced): void {
  node.lane.push(produced)
}

/** Appends what is first in the lane; its ack waits until the node runs. */
export function append(world: World, node: Node, twice: boolean): boolean {
  const produced = node.lane.shift()
  if (produced === undefined) return false
  let offset = write(world, produced)
  if (twice) offset = write(world, produced)
  note(
    world,
    () => `  node ${node.id}: ${twice ? 'twice ' : ''}${describe(produced)} at ${produced.slot}/${offset}`,
  )
  node.acks.push(() => produced.onAck(offset))
  return true
}

function write(world: World, { slot, body }: Produced): number {
  if (body.kind === 'report') {
    const fate = world.fates[body.id]
    if (fate === undefined) return -1
    fate.reports.push(body.reason)
    world.counts.reports++
    if (fate.arrived > 0 && body.reason !== 'unconfirmed')
      violate(world, `delivery ${body.id} arrived and is reported ${body.reason}`)
    return -1
  }
  if (body.kind === 'lost-range') {
    for (const { body: lost } of logOf(world, body.slot).records.slice(body.from, body.to)) {
      const fate = lost.kind === 'delivery' ? world.fates[lost.id] : undefined
      if (fate !== undefined) fate.lost = true
    }
    return -1
  }
  return appendTo(world, slot, body)
}

export function appendTo(world: World, slot: number, body: LogRecord['body']): number {
  const log = logOf(world, slot)
  const offset = log.records.length
  const seq = ++world.seq
  log.records.push({ offset, seq, hash: seq, body })
  if (isControl(body)) world.counts.appends++
  else if (body.kind === 'delivery') {
    const fate = world.fates[body.id]
    if (fate !== undefined) fate.copies++
    if (fate !== undefined && body.hops > fate.hops) fate.hops = body.hops
  }
  return offset
}

const describe = ({ body }: Produced): string => JSON.stringify(body)
