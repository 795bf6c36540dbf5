// The position of a channel: up to where in its topic a client has its messages, and a short hash of the record before. Pure.

/** Everything of the channel before offset `next` is had. `hash` is of the topic's last record before; 0 where none is known. */
export type ChannelPosition = { readonly partition: number; readonly next: number; readonly hash: number }

/** `<partition>.<next>.<hash>`, numbers in base 36. Opaque to clients. */
export const formatChannelPosition = (partition: number, next: number, hash: number): string =>
  `${partition.toString(36)}.${next.toString(36)}.${hash.toString(36)}`

const written = /^([0-9a-z]{1,4})\.([0-9a-z]{1,11})\.([0-9a-z]{1,7})$/

/** Reads a position that a client sent back; undefined for anything we did not write. */
export function parseChannelPosition(text: string): ChannelPosition | undefined {
  const [partition, next, hash] = (written.exec(text) ?? []).slice(1).map((part) => Number.parseInt(part, 36))
  if (partition === undefined || next === undefined || hash === undefined) return undefined
  return Number.isSafeInteger(next) ? { partition, next, hash } : undefined
}
