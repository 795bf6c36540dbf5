// A `Socket` over one ws connection: frames are made here, whole, and those of one tick go to the kernel together.
import { WebSocket } from 'ws'
import type { Socket } from '../connection/socket.ts'
import type { Encoded } from '../protocol/frames.ts'
import type { Flush, Stream } from './flush.ts'

const reasonBytes = 123
/** Payloads up to this size are copied behind their frame's head: one write costs less than two. */
const copiedBytes = 16 * 1024

/** The head of an unfragmented, unmasked data frame (RFC 6455 section 5.2), with room for `room` bytes behind it. */
function startFrame({ bytes, binary }: Encoded, room: number): Buffer {
  const { length } = bytes
  const headBytes = length < 126 ? 2 : length < 0x1_0000 ? 4 : 10
  const frame = Buffer.allocUnsafe(headBytes + room)
  frame[0] = binary ? 0x82 : 0x81
  if (length < 126) frame[1] = length
  else if (length < 0x1_0000) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeUInt32BE(0, 2)
    frame.writeUInt32BE(length, 6)
  }
  return frame
}

export function createWsSocket(ws: WebSocket, stream: Stream, flush: Flush): Socket {
  return {
    send(message: Encoded, onWritten) {
      if (ws.readyState !== WebSocket.OPEN) {
        if (onWritten) process.nextTick(onWritten, false)
        return
      }
      flush.soon(stream)
      const done = onWritten && ((failure?: Error | null) => onWritten(!failure))
      const { bytes } = message
      const isCopied = bytes.length <= copiedBytes
      const frame = startFrame(message, isCopied ? bytes.length : 0)
      if (isCopied) {
        frame.set(bytes, frame.length - bytes.length)
        stream.write(frame, done)
      } else {
        stream.write(frame)
        stream.write(bytes, done)
      }
    },
    close: (code, reason) => ws.close(code, cut(reason)),
    terminate: () => ws.terminate(),
    ping: () => ws.ping(),
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    get bufferedBytes() {
      return ws.bufferedAmount
    },
  }
}

/** A close reason of at most 123 bytes (RFC 6455 section 5.5), cut between characters. */
function cut(reason: string): string {
  if (Buffer.byteLength(reason) <= reasonBytes) return reason
  return new TextDecoder().decode(Buffer.from(reason).subarray(0, reasonBytes)).replace(/�+$/, '')
}
