// Which partition a key goes to: murmur2 as Java's producer computes it, so every client agrees on the place of a key.

const seed = 0x9747b28c
const mix = 0x5bd1e995

/** murmur2 of the key's UTF-8 bytes, as a signed 32-bit number. */
export const murmur2 = (key: string): number => {
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 0x7f) return murmur2Bytes(Buffer.from(key))
  return hash(key.length, (i) => key.charCodeAt(i))
}

const murmur2Bytes = (bytes: Buffer): number => hash(bytes.length, (i) => bytes[i] as number)

const hash = (length: number, at: (i: number) => number): number => {
  let h = seed ^ length
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    let k = at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24)
    k = Math.imul(k, mix)
    k = Math.imul(k ^ (k >>> 24), mix)
    h = Math.imul(h, mix) ^ k
  }
  const rest = length - whole
  if (rest > 2) h ^= at(whole + 2) << 16
  if (rest > 1) h ^= at(whole + 1) << 8
  if (rest > 0) h = Math.imul(h ^ at(whole), mix)
  h = Math.imul(h ^ (h >>> 13), mix)
  return h ^ (h >>> 15)
}

/** The partition of a key among `partitions`. */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions
