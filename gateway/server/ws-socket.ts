// A `Socket` over one ws connection: frames are made here, whole, and those of one tick go to the kernel together.
import { WebSocket } from 'ws'
import type { Socket } from '../connection/socket.ts'
import type { Encoded } from '../protocol/frames.ts'
import { startFrame } from '../protocol/ws-frame.ts'
import type { Flush, Stream } from './flush.ts'

const reasonBytes = 123
/** Payloads up to this size are copied behind their frame's head: one write costs less than two. */
const copiedBytes = 16 * 1024

/** A class, as each closure of a socket of its own would cost memory, and time where thousands are written to in a row. */
export class WsSocket implements Socket {
  readonly #ws: WebSocket
  readonly #stream: Stream
  readonly #flush: Flush
  /** The turn in which frames were written last. */
  #wroteIn = 0

  constructor(ws: WebSocket, stream: Stream, flush: Flush) {
    this.#ws = ws
    this.#stream = stream
    this.#flush = flush
  }

  get deflates(): boolean {
    return this.#ws.extensions !== ''
  }

  send(message: Encoded, onWritten?: (written: boolean) => void): void {
    if (this.#ws.readyState !== WebSocket.OPEN) {
      if (onWritten) process.nextTick(onWritten, false)
      return
    }
    const stream = this.#stream
    this.#flush.soon(stream)
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
  }

  sendFramed(frames: Buffer): void {
    const stream = this.#stream
    // Whether ws is closing it would have to be asked; the stream is at hand, and ends with it.
    if (!stream.writable) return
    const turn = this.#flush.turn()
    // What comes alone needs no holding back, which costs more than it gains; behind a second write there may be more.
    if (this.#wroteIn === turn) this.#flush.soon(stream)
    this.#wroteIn = turn
    stream.write(frames)
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, cut(reason))
  }

  terminate(): void {
    this.#ws.terminate()
  }

  ping(): void {
    this.#ws.ping()
  }

  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    this.#ws.resume()
  }

  withhold(): void {
    this.#stream.cork()
  }

  letGo(): void {
    if (!this.#stream.destroyed) this.#stream.uncork()
  }

  get bufferedBytes(): number {
    // Nothing waits before the stream: frames are made here, and whole.
    return this.#stream.writableLength
  }
}

/** A close reason of at most 123 bytes (RFC 6455 section 5.5), cut between characters. */
function cut(reason: string): string {
  if (Buffer.byteLength(reason) <= reasonBytes) return reason
  return new TextDecoder().decode(Buffer.from(reason).subarray(0, reasonBytes)).replace(/�+$/, '')
}

export const createWsSocket = (ws: WebSocket, stream: Stream, flush: Flush): Socket =>
  new WsSocket(ws, stream, flush)
