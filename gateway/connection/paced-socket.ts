// A socket that is written to no faster than it may be: what comes too soon stays in its buffer, where it counts as waiting.
import type { Encoded } from '../protocol/frames.ts'
import type { Traffic } from './ports.ts'
import type { Socket } from './socket.ts'
import type { TimerWheel } from './timer-wheel.ts'

/** The wheel's turns are shorter than a minute; a longer wait is taken in pieces. */
const longestMs = 30_000

/** What waits too long or is too much is for those who deal with slow readers; nothing is dropped here. */
export class PacedSocket implements Socket {
  readonly #socket: Socket
  readonly #traffic: Traffic
  readonly #wheel: TimerWheel
  #isWithheld = false

  constructor(socket: Socket, traffic: Traffic, wheel: TimerWheel) {
    this.#socket = socket
    this.#traffic = traffic
    this.#wheel = wheel
  }

  get deflates(): boolean {
    return this.#socket.deflates
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes
  }

  send(message: Encoded, onWritten?: (written: boolean) => void): void {
    this.#socket.send(message, onWritten)
    this.#count(message.bytes.length)
  }

  sendFramed(frames: Buffer): void {
    this.#socket.sendFramed(frames)
    this.#count(frames.length)
  }

  close(code: number, reason: string): void {
    this.#letGo()
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  ping(): void {
    this.#socket.ping()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  withhold(): void {
    this.#socket.withhold()
  }

  letGo(): void {
    this.#socket.letGo()
  }

  #count(bytes: number): void {
    const waitMs = this.#traffic.send(bytes)
    if (waitMs === 0 || this.#isWithheld) return
    this.#isWithheld = true
    this.#socket.withhold()
    this.#wait(waitMs)
  }

  #wait(ms: number): void {
    const rest = Math.max(0, ms - longestMs)
    this.#wheel.after(ms - rest, () => (rest > 0 && this.#isWithheld ? this.#wait(rest) : this.#letGo()))
  }

  #letGo(): void {
    if (!this.#isWithheld) return
    this.#isWithheld = false
    this.#socket.letGo()
  }
}
