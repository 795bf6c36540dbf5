// The modelled logs: what stands where, with holes in between, and what a node can know of one before it reads it.
import type { ControlRecord } from '../../gateway/moving/control.ts'
import type { LogView } from '../../gateway/moving/resume.ts'
import type { Log, LogRecord, World } from './world.ts'

export const logOf = (world: World, slot: number): Log => world.logs[slot] as Log

export const isControl = (body: LogRecord['body']): body is ControlRecord =>
  body.kind !== 'delivery' && body.kind !== 'other' && body.kind !== 'hole'

/** The first offset from here on that is no hole. */
export function skipHoles(log: Log, from: number): number {
  let at = from
  while (log.records[at]?.body.kind === 'hole') at++
  return at
}

/** Behind the last record. */
export function endOf(log: Log): number {
  let end = log.records.length
  while (log.records[end - 1]?.body.kind === 'hole') end--
  return end
}

function recordBefore(log: Log, next: number): LogRecord | undefined {
  let at = next - 1
  while (log.records[at]?.body.kind === 'hole') at--
  return log.records[at]
}

/** Hash of the last record before `next`. */
export const hashAt = (log: Log, next: number): number => recordBefore(log, next)?.hash ?? 0

export function viewOf(log: Log): LogView {
  return {
    start: log.start,
    hashBefore: (offset) => {
      const record = recordBefore(log, offset)
      if (record === undefined) return log.start === 0 ? 0 : undefined
      return record.offset < log.start ? undefined : record.hash
    },
  }
}
