// WebSocket frames as a server writes them: unfragmented and unmasked (RFC 6455 section 5.2), so one may be shared by many sockets.
import type { Encoded } from './frames.ts'

/** Bytes of the head before a payload of `length` bytes. */
export const headBytesOf = (length: number): number => (length < 126 ? 2 : length < 0x1_0000 ? 4 : 10)

/** The first bit that is reserved for extensions: the message is compressed (RFC 7692 section 6). */
const rsv1 = 0x40

/** Writes the head of a data frame at `at`; the answer is where its payload goes. */
export function writeHead(into: Buffer, at: number, { bytes, binary, deflated }: Encoded): number {
  const { length } = bytes
  into[at] = (binary ? 0x82 : 0x81) | (deflated ? rsv1 : 0)
  if (length < 126) {
    into[at + 1] = length
    return at + 2
  }
  if (length < 0x1_0000) {
    into[at + 1] = 126
    into[at + 2] = length >>> 8
    into[at + 3] = length & 0xff
    return at + 4
  }
  into[at + 1] = 127
  into.writeUInt32BE(0, at + 2)
  into.writeUInt32BE(length, at + 6)
  return at + 10
}

/** The head of a frame, with room for `room` bytes behind it. */
export function startFrame(message: Encoded, room: number): Buffer {
  const frame = Buffer.allocUnsafe(headBytesOf(message.bytes.length) + room)
  writeHead(frame, 0, message)
  return frame
}

/** Messages as frames, one behind the other in one Buffer. */
export function joinFrames(messages: readonly Encoded[]): Buffer {
  let size = 0
  for (const { bytes } of messages) size += headBytesOf(bytes.length) + bytes.length
  const joined = Buffer.allocUnsafe(size)
  let at = 0
  for (const message of messages) {
    at = writeHead(joined, at, message)
    joined.set(message.bytes, at)
    at += message.bytes.length
  }
  return joined
}
