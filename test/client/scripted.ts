// The client and a gateway that says what a test tells it to.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { WebSocketServer } from 'ws'
import { Peer } from '../../cli/conformance/peer.ts'
import { greet, Stage } from '../../cli/conformance/stage.ts'
import { type Client, type ClientOptions, createClient } from '../../client/index.ts'
import { onEnd } from '../support/cleanup.ts'

export { ack, deliver } from '../../cli/conformance/stage.ts'

/** Short times, so that tests are, and no words. */
const quick = {
  token: () => 'token',
  backOff: { firstMs: 10, longestMs: 50 },
  log: { warn: () => {}, error: () => {} },
}

/** A stage, and clients of it that end with `t`. */
export async function scripted(t: TestContext) {
  const stage = new Stage()
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => stage.subprotocol })
  await once(server, 'listening')
  server.on('connection', (ws) => stage.arrived(new Peer(ws)))
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  onEnd(t, () => {
    for (const { ws } of stage.peers) ws.terminate()
    server.close()
  })
  const client = (options: Partial<ClientOptions> = {}): Client => {
    const made = createClient({ url, ...quick, ...options })
    onEnd(t, () => made.close())
    return made
  }
  /** The next connection, welcome. */
  const welcome = async (more: object = {}) => {
    const { peer, hello } = await stage.welcome({ ...more })
    return Object.assign(peer, { hello })
  }
  return { stage, url, client, welcome, greet }
}
