// A `Socket` over one ws connection: frames are made here, whole, and those of one tick go to the kernel together.
import { WebSocket } from 'ws'
import type { Socket } from '../connection/socket.ts'
import type { Encoded } from '../protocol/frames.ts'
import { startFrame } from '../protocol/ws-frame.ts'
import type { Flush, Stream } from './flush.ts'

const reasonBytes = 123
/** Payloads up to this size are copied behind their frame's head: one write costs less than two. */
const copiedBytes = 16 * 1024

export function createWsSocket(ws: WebSocket, stream: Stream, flush: Flush): Socket {
  let wroteIn = 0
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
    sendFramed(frames) {
      if (ws.readyState !== WebSocket.OPEN) return
      const turn = flush.turn()
      // What comes alone needs no holding back, which costs more than it gains; a second write in one turn may have more behind it.
      if (wroteIn === turn) flush.soon(stream)
      wroteIn = turn
      stream.write(frames)
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
