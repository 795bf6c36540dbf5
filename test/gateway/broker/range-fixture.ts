// What tests of parts of logs start from: a range that was read whole, and a tail that grows.
import type { TestContext } from 'node:test'
import type { LogRanges, RangeChunk } from '../../../gateway/slots/ports.ts'
import { onEnd } from '../../support/cleanup.ts'

export const timeoutMs = 10_000
const never = new AbortController().signal

export const offsetsOf = (chunks: readonly RangeChunk[]): number[] =>
  chunks.flatMap(({ records }) => records.map(({ offset }) => offset))
export const textsOf = (chunks: readonly RangeChunk[]): string[] =>
  chunks.flatMap(({ records }) => records.map(({ value }) => String(value)))

export const rangeOf = async (
  ranges: LogRanges,
  topic: string,
  from: number,
  to: number,
  options: { timeoutMs?: number; signal?: AbortSignal; partition?: number } = {},
): Promise<RangeChunk[]> => {
  const chunks: RangeChunk[] = []
  const onChunk = (chunk: RangeChunk) => void chunks.push(chunk)
  await ranges.read(topic, from, to, { timeoutMs, signal: never, ...options, onChunk })
  return chunks
}

/** Ends with `t`; `stop` tells how long that took in milliseconds. */
export const tailOf = (
  t: TestContext,
  ranges: LogRanges,
  topic: string,
  from: number,
  partition?: number,
) => {
  const chunks: RangeChunk[] = []
  const ending = new AbortController()
  const onChunk = (chunk: RangeChunk) => void chunks.push(chunk)
  const which = partition === undefined ? {} : { partition }
  const ended = ranges.tail(topic, from, { signal: ending.signal, ...which, onChunk })
  const stop = async () => {
    const since = performance.now()
    ending.abort()
    await ended
    return performance.now() - since
  }
  onEnd(t, stop)
  return { chunks, stop, offsets: () => offsetsOf(chunks) }
}
