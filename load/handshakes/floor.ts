// The floor of handshakes: a bare ws server that checks the ES256 token of the first frame with jose, and answers.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { WebSocketServer } from 'ws'
import type { Ports } from '../fan-out/control.ts'
import { audience, issuer } from '../tokens.ts'

const [jwksFile = ''] = process.argv.slice(2)
const keys = createLocalJWKSet(JSON.parse(readFileSync(jwksFile, 'utf8')) as JSONWebKeySet)
const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false })
const server = createServer()
server.on('upgrade', (request, socket, head) => {
  wss.handleUpgrade(request, socket, head, (ws) => {
    ws.on('error', () => undefined)
    ws.once('message', (data: Buffer) => {
      const { hello } = JSON.parse(data.toString()) as { hello: { token: string } }
      jwtVerify(hello.token, keys, { issuer, audience }).then(
        ({ payload }) => ws.send(`{"welcome":{"user":"${payload.sub}"}}`),
        () => ws.close(4401),
      )
    })
  })
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ port, control: 0 } satisfies Ports))
})
for (const end of ['disconnect', 'SIGTERM'] as const) process.on(end, () => process.exit())
