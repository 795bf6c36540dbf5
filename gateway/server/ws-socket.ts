// A `Socket` over one ws connection: writes of one tick go to the kernel together.
import type { WebSocket } from 'ws'
import type { Socket } from '../connection/socket.ts'
import type { Encoded } from '../protocol/frames.ts'
import type { Flush } from './flush.ts'

/** The TCP or TLS stream beneath; ws keeps it in a private field of a stable name. */
export type Stream = { cork(): void; uncork(): void; readonly destroyed: boolean }

const reasonBytes = 123

export function createWsSocket(ws: WebSocket, stream: Stream, flush: Flush): Socket {
  return {
    send(message: Encoded, onWritten) {
      flush.soon(stream)
      const done =
        onWritten && ((failure?: Error | null) => onWritten(failure === undefined || failure === null))
      ws.send(message.bytes, { binary: message.binary, compress: false, fin: true }, done)
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
