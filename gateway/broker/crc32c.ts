// CRC-32C (Castagnoli), the checksum of a record batch; eight bytes a step, as Node has only the other CRC-32.

const polynomial = 0x82f63b78

const table = new Int32Array(8 * 256)
for (let i = 0; i < 256; i++) {
  let crc = i
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
  table[i] = crc
}
for (let slice = 1; slice < 8; slice++)
  for (let i = 0; i < 256; i++) {
    const before = table[(slice - 1) * 256 + i] as number
    table[slice * 256 + i] = (before >>> 8) ^ (table[before & 0xff] as number)
  }

const t = (slice: number, byte: number): number => table[slice * 256 + (byte & 0xff)] as number

/** The checksum of `bytes` from `start` to `end`, as an unsigned number. */
export const crc32c = (bytes: Buffer, start = 0, end = bytes.length): number => {
  let crc = -1
  let at = start
  for (; at + 8 <= end; at += 8) {
    const a = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
    const b = ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
    const low = crc ^ (a | b)
    crc =
      t(7, low) ^
      t(6, low >>> 8) ^
      t(5, low >>> 16) ^
      t(4, low >>> 24) ^
      t(3, bytes[at + 4] as number) ^
      t(2, bytes[at + 5] as number) ^
      t(1, bytes[at + 6] as number) ^
      t(0, bytes[at + 7] as number)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t(0, crc ^ (bytes[at] as number))
  return ~crc >>> 0
}
