// A gateway that does nothing by itself: a test says frame for frame what it tells a resuming client.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type WebSocket, WebSocketServer } from 'ws'
import { onEnd } from './cleanup.ts'
import { ResumingClient, type ResumingOptions } from './resuming-client.ts'
import { waitFor } from './wait.ts'

type Said = { kind: string; fields: Record<string, unknown> }
/** One connection: what the client said on it so far. */
export type Peer = { readonly said: Said[]; readonly ws: WebSocket; say(kind: string, fields: object): void }

/** Starts it, and a client of it; both end with `t`. */
export async function scripted(t: TestContext, options: Partial<ResumingOptions> = {}) {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'openclaw.v1.json',
  })
  await once(server, 'listening')
  const peers: Peer[] = []
  server.on('connection', (ws) => {
    const said: Said[] = []
    peers.push({ said, ws, say: (kind, fields) => ws.send(JSON.stringify({ [kind]: fields })) })
    ws.on('message', (data: Buffer) => {
      const [kind, fields] = Object.entries(JSON.parse(data.toString()) as Record<string, never>)[0] ?? ['']
      said.push({ kind, fields: fields ?? {} })
    })
  })
  const client = new ResumingClient({
    port: () => (server.address() as AddressInfo).port,
    token: () => Promise.resolve('token'),
    instance: 'here',
    longestBackoffMs: 20,
    ...options,
  })
  onEnd(t, () => {
    for (const { ws } of peers) ws.terminate()
    client.stop()
    server.close()
  })
  client.start()
  /** The connection of that number, once it has said so many frames. */
  const peer = async (number: number, frames = 1): Promise<Peer> =>
    waitFor(() => {
      const found = peers[number - 1]
      return found !== undefined && found.said.length >= frames && found
    })
  const welcome = (to: Peer, session = 's', more: object = {}) =>
    to.say('welcome', {
      session,
      resumeToken: `token of ${session}`,
      position: 'p0',
      resumed: false,
      recovered: true,
      heartbeatMs: 10_000,
      ...more,
    })
  return { client, peers, peer, welcome }
}
