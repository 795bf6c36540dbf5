// Sockets without a handshake: beyond their number the one that takes longest goes, and never one that has been upgraded.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectSecurely } from 'node:tls'
import { boundNewcomers } from '../../../gateway/server/newcomers.ts'
import { createAuthority } from '../../support/certificates.ts'
import { waitFor } from '../../support/wait.ts'
import { handshake } from './peer.ts'

const authority = createAuthority()
const pair = authority.issue({ subject: { CN: 'localhost' }, names: ['localhost'] })
const patienceMs = 1_000

async function world(t: TestContext, server: Server, most: number) {
  boundNewcomers(server, most)
  server.on('upgrade', (_request, socket) =>
    socket.on('error', () => undefined).write('HTTP/1.1 101 x\r\n\r\n'),
  )
  server.on('request', (_request, response) => response.end('x'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sockets: Socket[] = []
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    open(text = '', secure = false) {
      const socket = secure
        ? connectSecurely({ port, ca: authority.cert, servername: 'localhost' })
        : connect(port)
      const found = { came: '', gone: false }
      sockets.push(socket)
      socket.on('data', (bytes) => (found.came += bytes.toString()))
      socket.on('error', () => undefined).on('close', () => (found.gone = true))
      socket.write(text)
      return found
    },
  }
}

for (const secure of [false, true]) {
  test(`the slowest gives way, ${secure ? 'over TLS' : 'without TLS'}`, async (t) => {
    const { open } = await world(t, secure ? createSecureServer(pair) : createServer(), 2)
    const upgraded = open(handshake(), secure)
    await waitFor(() => upgraded.came.includes('101'))
    const asking = open('GET / HTTP/1.1\r\nhost: x\r\n\r\n', secure)
    await waitFor(() => asking.came.includes('200'))
    const silent = open()
    // Nobody took too long yet, so there is room for more than that.
    const another = open()
    await pause(patienceMs / 2)
    assert.deepEqual([upgraded.gone, asking.gone, silent.gone, another.gone], [false, false, false, false])
    await pause(patienceMs)
    const last = open()
    await waitFor(() => asking.gone)
    open()
    await waitFor(() => silent.gone)
    assert.deepEqual([upgraded.gone, last.gone], [false, false])
  })
}
