// What a connection needs of a socket; `server/` gives it over ws.
import type { Encoded } from '../protocol/frames.ts'

export type Socket = {
  /** Both sides agreed to permessage-deflate: messages may be sent deflated. */
  readonly deflates: boolean
  /** Queues one message. `onWritten` is called once: true when the kernel has it, false when it never will. */
  send(message: Encoded, onWritten?: (written: boolean) => void): void
  /** Queues WebSocket frames that are ready to write, one or several, perhaps shared with other sockets. */
  sendFramed(frames: Buffer): void
  /** Starts the closing handshake; what was sent before goes out first. */
  close(code: number, reason: string): void
  /** Drops the connection at once. */
  terminate(): void
  ping(): void
  /** What is sent from now on stays in the buffer until `letGo`. */
  withhold(): void
  letGo(): void
  pause(): void
  resume(): void
  /** Bytes accepted by `send` that the kernel does not have yet. */
  readonly bufferedBytes: number
}
