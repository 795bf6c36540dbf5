// A connection on a socket in memory, which keeps what is sent and can be slow.
import { Connection, type ConnectionOwner } from '../../gateway/connection/connection.ts'
import { type Dialect, envelopedDialect } from '../../gateway/connection/dialect.ts'
import type { Socket } from '../../gateway/connection/socket.ts'
import { jsonCodec } from '../../gateway/protocol/json.ts'
import type { Session } from '../../gateway/session/session.ts'

/** Keeps what it is given. Writes succeed at once, or by `flush` once `slow` is set. */
export class FakeSocket implements Socket {
  deflates = false
  readonly sent: string[] = []
  /** WebSocket frames as they were made. */
  readonly framed: Buffer[] = []
  readonly waiting: { bytes: number; done: ((written: boolean) => void) | undefined }[] = []
  slow = false
  closed: { code: number; reason: string } | undefined
  terminated = false
  paused = false
  pings = 0
  withheld = false
  /** Called at the first close by this side. */
  onClose: ((code: number) => void) | undefined

  send({ bytes }: { bytes: Buffer }, onWritten?: (written: boolean) => void): void {
    this.sent.push(bytes.toString())
    if (this.slow) this.waiting.push({ bytes: bytes.length, done: onWritten })
    else onWritten?.(true)
  }

  sendFramed(frames: Buffer): void {
    this.framed.push(frames)
  }

  /** The kernel took what was waiting, or never will. */
  flush(written = true): void {
    for (const { done } of this.waiting.splice(0)) done?.(written)
  }

  close(code: number, reason: string): void {
    if (this.closed !== undefined) return
    this.closed = { code, reason }
    this.onClose?.(code)
  }

  terminate(): void {
    this.terminated = true
  }

  ping(): void {
    this.pings++
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  withhold(): void {
    this.withheld = true
  }

  letGo(): void {
    this.withheld = false
  }

  get bufferedBytes(): number {
    return this.waiting.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** What was sent, as JSON frames: the kind and what is under it. */
  get frames(): { kind: string; [field: string]: unknown }[] {
    return this.sent.map((text) => {
      const [kind = '', fields] = Object.entries(JSON.parse(text) as Record<string, object>)[0] ?? []
      return { kind, ...fields }
    })
  }
}

export type Opened = {
  readonly connection: Connection
  readonly socket: FakeSocket
  readonly messages: string[]
  readonly ends: number[]
}

/** A connection on a fake socket, with a session if one is given. */
export function fakeConnection(
  options: {
    session?: Session
    dialect?: Dialect
    outbox?: number
    held?: number
    path?: string
    onMessage?: ConnectionOwner['onMessage']
  } = {},
): Opened {
  const socket = new FakeSocket()
  const messages: string[] = []
  const ends: number[] = []
  const connection = new Connection(
    socket,
    options.dialect ?? envelopedDialect(jsonCodec),
    options.path ?? '/',
    options.session?.principal,
    { outbox: options.outbox ?? 1_000, held: options.held ?? 1_000 },
    {
      onMessage: options.onMessage ?? ((_connection, bytes) => void messages.push(bytes.toString())),
      onClosed: (_connection, code) => void ends.push(code),
    },
  )
  connection.session = options.session
  return { connection, socket, messages, ends }
}
