// One live socket: what it may send now, what waits for it, and how it ends.
import { type CloseName, closes, type Refusal, refusals } from '../errors.ts'
import type { Encoded, ServerFrame } from '../protocol/frames.ts'
import type { Principal } from '../session/principal.ts'
import type { Session } from '../session/session.ts'
import type { Dialect } from './dialect.ts'
import type { ConnectionLimits, PauseReason, Traffic } from './ports.ts'
import { rawClose } from './raw-close.ts'
import type { Socket } from './socket.ts'
import { turnTime } from './turn-clock.ts'

/** What a connection tells those around it. */
export type ConnectionOwner = {
  onMessage(connection: Connection, bytes: Buffer, binary: boolean): void
  onClosed(connection: Connection, code: number): void
}

/** What a held message counts besides its bytes, so that empty ones are bounded; what one read of a socket brings still fits. */
const heldAlso = 16

type Held = { readonly bytes: Buffer; readonly binary: boolean }

export class Connection {
  readonly dialect: Dialect
  readonly path: string
  /** Undefined until authenticated. */
  principal: Principal | undefined
  /** Undefined until welcomed. */
  session: Session | undefined
  /** What it may send in a time; undefined: all it likes. */
  traffic: Traffic | undefined
  /** Publishes that wait for their outcome. */
  inflight = 0
  /** `performance.now()` of the latest write and the latest sign of life from the client. */
  lastWrite = performance.now()
  lastHeard = performance.now()
  /** The code this side closed with; what the client is told. */
  closing: CloseName | undefined
  #ended = false
  readonly #socket: Socket
  readonly #limits: ConnectionLimits
  readonly #owner: ConnectionOwner
  readonly #pauses = new Set<PauseReason>()
  #held: Held[] | undefined
  #heldBytes = 0

  constructor(
    socket: Socket,
    dialect: Dialect,
    path: string,
    principal: Principal | undefined,
    limits: ConnectionLimits,
    owner: ConnectionOwner,
  ) {
    this.#socket = socket
    this.dialect = dialect
    this.path = path
    this.principal = principal
    this.#limits = limits
    this.#owner = owner
  }

  /** False from the first close on, whoever began it. */
  get open(): boolean {
    return this.closing === undefined && !this.#ended
  }

  get enveloped(): boolean {
    return this.dialect.enveloped
  }

  /** A message came from the socket. */
  receive(bytes: Buffer, binary: boolean): void {
    if (!this.open) return
    this.lastHeard = performance.now()
    if (this.#held === undefined) return this.#owner.onMessage(this, bytes, binary)
    this.#heldBytes += bytes.length + heldAlso
    if (this.#heldBytes > this.#limits.held)
      return this.close('overloaded', 'too much sent before the answer')
    this.#held.push({ bytes, binary })
  }

  /** A sign of life that is no message: a ping or a pong. */
  heard(): void {
    this.lastHeard = performance.now()
    if (this.open && this.traffic?.control() === false) this.close('rate-limited', 'too many pings')
  }

  /** Keeps what comes from now on until `release`, in order; the socket is paused meanwhile. */
  hold(): void {
    this.#held ??= []
    this.pause('held')
  }

  get holding(): boolean {
    return this.#held !== undefined
  }

  /** Goes on with what was held. A message among it may hold again; the rest then stays behind it. */
  release(): void {
    const held = this.#held ?? []
    let at = 0
    this.#held = undefined
    while (this.#held === undefined && this.open) {
      const next = held[at++]
      if (next === undefined) return this.unpause('held')
      this.#heldBytes -= next.bytes.length + heldAlso
      this.#owner.onMessage(this, next.bytes, next.binary)
    }
    // Not one by one: there may be thousands behind the one that waits, again and again.
    this.#held = (this.#held as readonly Held[] | undefined)?.concat(held.slice(at))
  }

  pause(reason: PauseReason): void {
    if (!this.open) return
    if (this.#pauses.size === 0) this.#socket.pause()
    this.#pauses.add(reason)
  }

  unpause(reason: PauseReason): void {
    if (this.#pauses.delete(reason) && this.#pauses.size === 0 && !this.#ended) this.#socket.resume()
  }

  /** Encodes and sends one frame; nothing if the dialect does not show it. */
  send(frame: ServerFrame, onWritten?: (written: boolean) => void): void {
    const encoded = this.open ? this.dialect.encode(frame) : undefined
    if (encoded === undefined) onWritten?.(false)
    else this.sendEncoded(encoded, onWritten)
  }

  /** Sends what was encoded already. A socket with too much waiting is closed as slow; one frame alone is not. */
  sendEncoded(encoded: Encoded, onWritten?: (written: boolean) => void): void {
    if (!this.#hasRoomFor(encoded.bytes.length)) return onWritten?.(false)
    this.lastWrite = performance.now()
    this.#socket.send(encoded, onWritten)
  }

  /** Sends WebSocket frames that were made before, perhaps shared with others; the limit is that of `sendEncoded`. */
  sendFramed(frames: Buffer): void {
    if (!this.#hasRoomFor(frames.length)) return
    this.lastWrite = turnTime()
    this.#socket.sendFramed(frames)
  }

  /** Bytes that were sent and that the kernel does not have yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedBytes
  }

  #hasRoomFor(bytes: number): boolean {
    const waiting = this.#socket.bufferedBytes
    if (waiting > 0 && waiting + bytes > this.#limits.outbox) this.close('slow-consumer', 'too slow to read')
    return this.open
  }

  /** Bytes that may be sent before it counts as slow. */
  get room(): number {
    return this.#limits.outbox - this.waitingBytes
  }

  get paused(): boolean {
    return this.#pauses.size > 0
  }

  /** The client answers no ping: nothing we send will arrive. */
  lose(): void {
    this.close('heartbeat-lost', 'no answer to ping')
    this.#socket.terminate()
  }

  ping(): void {
    if (this.open) this.#socket.ping()
  }

  /** Answers a frame that was not taken. A raw connection ends by it. */
  refuse(refusal: Refusal, id?: string): void {
    if (!this.dialect.enveloped) return this.close(rawClose(refusal), refusal.code)
    const { retryable } = refusals[refusal.code]
    this.send({ kind: 'refusal', retryable, ...refusal, ...(id === undefined ? {} : { id }) })
  }

  /** Starts the end of the connection; what was sent before still goes out. Only the first call counts. */
  close(name: CloseName, reason: string): void {
    if (!this.open) return
    this.closing = name
    this.#socket.close(closes[name].code, reason)
    // The client's own close frame has to be read for a handshake that ends at once.
    if (this.#pauses.size > 0) this.#socket.resume()
    this.#pauses.clear()
    this.#held = undefined
  }

  /** The socket is gone. Called once by the server. */
  ended(code: number): void {
    if (this.#ended) return
    this.#ended = true
    this.#held = undefined
    this.#owner.onClosed(this, this.closing ? closes[this.closing].code : code)
  }
}
