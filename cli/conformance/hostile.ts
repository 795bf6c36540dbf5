// Scenarios of servers that are broken, or are no gateway: the client lives on and comes back when all is well.
import type { Duplex } from 'node:stream'
import type { Peer } from './peer.ts'
import type { Scenario } from './scenario.ts'
import { ack, greet, rest, type Stage, threePublishes } from './stage.ts'

/** After whatever happened on `peer`, here or on a later connection the client does its work. */
async function works(stage: Stage, peer: Peer): Promise<void> {
  await rest(300)
  let current = peer
  if (peer.end !== undefined || peer.ws.readyState !== peer.ws.OPEN) {
    current = await stage.connection(12_000)
    await current.next('hello')
    greet(current, { resumed: true })
  }
  stage.listen(current)
  for (const { fields } of await threePublishes(current)) ack(current, fields)
  const all = await stage.untilHeard(
    (heard) => [1, 2, 3].every((n) => heard.some((each) => (each as { acked?: unknown }).acked === n)),
    10_000,
  )
  stage.check('it does its work all the same', all, JSON.stringify(stage.heard))
}

const broken = (name: string, about: string, harm: (peer: Peer) => void): Scenario => ({
  name,
  level: 'full',
  about,
  async play(stage) {
    const { peer } = await stage.welcome()
    harm(peer)
    await works(stage, peer)
  },
})

const refusing = (
  name: string,
  about: string,
  refuse: (socket: Duplex) => void,
  atLeastMs: number,
  explains: Stage['explains'] = {},
): Scenario => ({
  name,
  level: 'full',
  about,
  async play(stage) {
    stage.gate = ({ socket }, number) => {
      if (number > 1) return false
      stage.explains = explains
      refuse(socket)
      return true
    }
    const peer = await stage.connection(15_000)
    const [first] = stage.handshakes
    const after = Math.round(peer.at - (first?.at ?? 0))
    stage.check('it comes back, and not too soon', after >= atLeastMs, `after ${after} ms`)
    await peer.next('hello')
    greet(peer)
    await works(stage, peer)
  },
})

const early: Scenario = {
  name: 'before-welcome',
  level: 'full',
  about: 'a frame before the welcome, from something that is no gateway',
  async play(stage) {
    const peer = await stage.connection()
    peer.tell('ack', { id: 'x', topic: 't', partition: 0, offset: '1' })
    await peer.next('hello').catch(() => undefined)
    greet(peer)
    await works(stage, peer)
  },
}

const otherSubprotocol: Scenario = {
  name: 'wrong-subprotocol',
  level: 'full',
  about: 'a server that picks a subprotocol nobody offered gets no hello',
  async play(stage) {
    stage.subprotocol = 'soup'
    const waited = performance.now()
    while (stage.handshakes.length === 0 && performance.now() - waited < 5_000) await rest(20)
    await rest(1_500)
    const hellos = stage.peers.flatMap(({ said }) => said)
    stage.check('it came', stage.handshakes.length > 0)
    stage.check('nothing is said to it', hellos.length === 0, JSON.stringify(hellos[0]))
    stage.check('it does not storm', stage.handshakes.length <= 8, `${stage.handshakes.length} attempts`)
  },
}

const noRoom =
  'HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-type: application/json\r\ncontent-length: 15\r\nconnection: close\r\n\r\n{"code":"full"}'

export const hostile: readonly Scenario[] = [
  broken('garbage', 'a text that is not JSON', (peer) => peer.text('<html>not what you expected</html>')),
  broken('two-kinds', 'an object of two kinds', (peer) => peer.text('{"ack":{},"pong":{}}')),
  broken('no-object', 'kinds whose value is no object', (peer) => peer.text('{"message":7}')),
  broken('binary', 'a binary message where text was agreed on', (peer) =>
    peer.ws.send(Buffer.from([0, 255, 1])),
  ),
  broken('oversized', 'a delivery of 8 MiB', (peer) =>
    peer.tell('message', {
      position: 'p-1',
      contentType: 'text/plain',
      time: 'x',
      data: 'A'.repeat(8 * 1024 * 1024),
    }),
  ),
  broken('missing-fields', 'frames without the fields they must have', (peer) => {
    for (const kind of ['ack', 'refusal', 'reply', 'heartbeat', 'subscribed', 'members', 'goaway'])
      if (kind !== 'goaway') peer.tell(kind, {})
    peer.tell('refusal', { id: 7, code: null, retryable: 'yes', violations: 'none' })
  }),
  broken('bad-frame', 'bytes that are no WebSocket frame', (peer) => {
    const { _socket: socket } = peer.ws as unknown as { _socket: Duplex }
    socket.write(Buffer.from([0xff, 0xff, 0x00, 0x01]))
  }),
  early,
  refusing('cut-handshake', 'a connection that ends within the handshake', (socket) => socket.destroy(), 0),
  refusing(
    'http-503',
    'an HTTP 503 in place of the upgrade; a GET on the same URL says when to come back',
    (socket) => void socket.end(noRoom),
    1_500,
    { status: 503, code: 'full', retryAfterS: 2 },
  ),
  refusing(
    'http-garbage',
    'an answer that is not HTTP',
    (socket) => void socket.end('220 smtp ready\r\n'),
    0,
  ),
  otherSubprotocol,
]
