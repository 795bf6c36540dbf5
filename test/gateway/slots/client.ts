// A client on a socket in memory: says hello, comes back, confirms, and keeps what it was shown.
import type { Connection } from '../../../gateway/connection/connection.ts'
import { waitFor } from '../../support/wait.ts'
import type { FakeSocket } from '../fake-connection.ts'

export type Frame = { kind: string; [field: string]: unknown }
export type Hello = { confirms?: boolean; resume?: { token: unknown; attempt: number; position?: unknown } }

export type Client = {
  readonly connection: Connection
  readonly socket: FakeSocket
  send(frame: object): void
  /** Resolves when it was welcomed or closed. */
  hello(hello?: Hello): Promise<Frame>
  readonly welcome: Frame
  readonly session: string
  /** Payloads of what it was shown, in order. */
  readonly shown: unknown[]
  /** The newest position it was given. */
  readonly position: string
  /** Resolves when it was shown so many. */
  sees(count: number): Promise<unknown>
  confirm(position?: string): void
  /** What it says on its next connection. */
  back(attempt?: number, position?: string): Hello
  /** The socket ends: by default as when a network is gone. */
  end(code?: number): void
}

export function clientOn(connection: Connection, socket: FakeSocket): Client {
  const send = (frame: object): void => connection.receive(Buffer.from(JSON.stringify(frame)), false)
  const client: Client = {
    connection,
    socket,
    send,
    async hello(hello: Hello = {}): Promise<Frame> {
      send({ hello })
      return waitFor(() => socket.frames[0] ?? (socket.closed && { kind: 'closed', ...socket.closed }))
    },
    get welcome(): Frame {
      return socket.frames.find(({ kind }) => kind === 'welcome') ?? { kind: 'none' }
    },
    get session(): string {
      return String(client.welcome['session'])
    },
    get shown(): unknown[] {
      return socket.frames
        .filter(({ kind }) => kind === 'message' || kind === 'reply')
        .map(({ payload }) => payload)
    },
    get position(): string {
      return String(socket.frames.findLast(({ position }) => position !== undefined)?.['position'])
    },
    sees: (count: number): Promise<unknown> =>
      waitFor(() => client.shown.length >= count, {
        describe: () => `${count} deliveries, shown were ${JSON.stringify(client.shown)}`,
      }),
    confirm: (position = client.position): void => send({ confirm: { position } }),
    back: (attempt = 1, position: string = client.position): Hello => ({
      resume: { token: client.welcome['resumeToken'], attempt, position },
    }),
    end: (code = 1006): void => connection.ended(code),
  }
  return client
}
