// TLS at the listener: what is spoken, certificates that change while it runs, and client certificates, over real sockets.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlain, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import { type ListenerTls, listenerTls } from '../../../gateway/config/tls-settings.ts'
import { Certificates, rawSocketOf, takeSocket } from '../../../gateway/server/certificates.ts'
import { listen } from '../../../gateway/server/http.ts'
import { createAuthority, writeCertificate } from '../../support/certificates.ts'
import { onEnd } from '../../support/cleanup.ts'
import { waitFor } from '../../support/wait.ts'
import { open } from './peer.ts'
import { startWorld } from './world.ts'

const authority = createAuthority()
const names = ['localhost', '127.0.0.1']
const issue = (name: string) => authority.issue({ subject: { CN: name }, names })

type Heard = { loaded: number; refused: string[]; failed: string[] }

async function startSecure(t: TestContext, more: Partial<ListenerTls> = {}, handshakeTimeout = 5_000) {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-tls-'))
  onEnd(t, () => rmSync(folder, { recursive: true, force: true }))
  const files = writeCertificate(folder, 'server', issue('first'))
  const ca = join(folder, 'ca.crt')
  writeFileSync(ca, authority.cert)
  const heard: Heard = { loaded: 0, refused: [], failed: [] }
  const certificates = new Certificates(
    'clients',
    listenerTls.parse({ ...files, ca, checkEvery: 20, ...more }),
    {
      tlsLoaded: () => void heard.loaded++,
      tlsNotLoaded: (_, failure) => void heard.refused.push((failure as Error).message),
      tlsFailed: (_, code) => void heard.failed.push(code),
    },
  )
  onEnd(t, () => certificates.stop())
  const world = await startWorld(t, { certificates, handshakeTimeout })
  return { ...world, folder, certificates, heard }
}

/** Shakes hands and answers what was agreed; rejects where the server would not. */
async function shake(port: number, options: ConnectionOptions = {}) {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.cert, ...options })
  try {
    await once(socket, 'secureConnect')
    const [protocol, cipher] = [socket.getProtocol(), socket.getCipher().standardName]
    const subject = String(socket.getPeerCertificate().subject.CN)
    // With TLS 1.3 a server that wants a certificate says so only after the client thinks that all is well.
    socket.write('GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n')
    const closed = once(socket, 'close').then(() => Promise.reject(new Error('closed')))
    await Promise.race([once(socket, 'data'), closed])
    closed.catch(() => undefined)
    return { protocol, cipher, subject }
  } finally {
    socket.destroy()
  }
}

test('a WebSocket over TLS works as one without', async (t) => {
  const { port } = await startSecure(t)
  const ws = await open(t, port, { scheme: 'wss', ca: authority.cert })
  ws.send('{"hello":{}}')
  const [text] = (await once(ws, 'message')) as [Buffer]
  assert.equal(text.toString(), '{"pong":{}}')
})

test('only TLS 1.2 and 1.3 are spoken, with forward secrecy and authenticated encryption', async (t) => {
  const { port, heard } = await startSecure(t)
  assert.equal((await shake(port)).protocol, 'TLSv1.3')
  const older = await shake(port, { maxVersion: 'TLSv1.2' })
  assert.match(String(older.cipher), /^TLS_ECDHE_.*(GCM|CHACHA20)/)
  const refused = [
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0' },
    { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
  ] as const
  for (const options of refused) await assert.rejects(shake(port, options), JSON.stringify(options))
  await waitFor(() => heard.failed.length === 3)
})

test('where 1.3 is the least, 1.2 is refused', async (t) => {
  const { port } = await startSecure(t, { minVersion: 'TLSv1.3' })
  await assert.rejects(shake(port, { maxVersion: 'TLSv1.2' }))
  assert.equal((await shake(port)).protocol, 'TLSv1.3')
})

test('a changed pair is used from the next handshake on, and an open socket stays', async (t) => {
  const { port, folder, certificates } = await startSecure(t)
  await certificates.watch()
  const ws = await open(t, port, { scheme: 'wss', ca: authority.cert })
  writeCertificate(folder, 'server', issue('second'))
  await waitFor(async () => (await shake(port)).subject === 'second')
  ws.send('{"hello":{}}')
  await once(ws, 'message')
})

test('a bad new pair is refused and said, the old one stays, and a good one is taken later', async (t) => {
  const { port, folder, certificates, heard } = await startSecure(t)
  await certificates.watch()
  const next = issue('second')
  writeFileSync(join(folder, 'server.crt'), next.cert)
  await waitFor(() => heard.refused.length > 0)
  assert.match(heard.refused[0] ?? '', /is not the key of the certificate/)
  assert.equal((await shake(port)).subject, 'first')
  writeFileSync(join(folder, 'server.key'), next.key)
  await waitFor(async () => (await shake(port)).subject === 'second')
})

test('told to, it reads the files whether or not they look changed', async (t) => {
  const { certificates, heard } = await startSecure(t)
  certificates.reload()
  assert.equal(heard.loaded, 2)
})

test('where certificates are required nobody comes in without a good one', async (t) => {
  const { port } = await startSecure(t, { clientCertificates: 'require' })
  await assert.rejects(shake(port))
  const strange = createAuthority('strange').issue({ subject: { CN: 'mallory' } })
  await assert.rejects(shake(port, strange))
  await assert.rejects(shake(port, authority.issue({ subject: { CN: 'late' }, ttlMs: -1_000 })))
  await shake(port, authority.issue({ subject: { CN: 'machine-7' } }))
})

test('where certificates are only asked for, everybody comes in', async (t) => {
  const { port } = await startSecure(t, { clientCertificates: 'request' })
  await shake(port)
  await shake(port, createAuthority('strange').issue({ subject: { CN: 'mallory' } }))
})

test('after a reload nobody goes on with a session that was begun before', async (t) => {
  const { port, certificates } = await startSecure(t)
  const session = await sessionOf(port)
  assert.equal(await isReused(port, session), true)
  certificates.reload()
  assert.equal(await isReused(port, session), false)
})

async function sessionOf(port: number): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.cert, maxVersion: 'TLSv1.2' })
  const [session] = (await once(socket, 'session')) as [Buffer]
  socket.destroy()
  return session
}

async function isReused(port: number, session: Buffer): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.cert, maxVersion: 'TLSv1.2', session })
  await once(socket, 'secureConnect')
  const isReused = socket.isSessionReused()
  socket.destroy()
  return isReused
}

test('who does not shake hands in time is let go, and so is who speaks no TLS', async (t) => {
  const { port, heard } = await startSecure(t, {}, 200)
  const silent = connectPlain(port, '127.0.0.1').on('error', () => undefined)
  t.after(() => silent.destroy())
  await once(silent.resume(), 'close')
  const plain = connectPlain(port, '127.0.0.1').on('error', () => undefined)
  plain.end('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(plain.resume(), 'close')
  await waitFor(() => heard.failed.length === 2)
})

test('a socket that somebody else accepted, and read from, is taken over', async (t) => {
  const { server } = await startSecure(t)
  const seen: unknown[] = []
  const remote = new Promise<number>((resolve) =>
    server.on('request', ({ socket }) => resolve(rawSocketOf(socket).remotePort ?? 0)),
  )
  const front = createServer({ pauseOnConnect: true }, (raw) => {
    raw.once('readable', () => {
      const bytes = raw.read() as Buffer
      seen.push(bytes.subarray(0, 4).toString())
      raw.unshift(bytes.subarray(4))
      takeSocket(server, raw)
    })
  })
  t.after(() => front.close())
  const port = await listen(front as never, '127.0.0.1', 0, 'UNUSED')
  const raw = connectPlain(port, '127.0.0.1')
  await once(raw, 'connect')
  raw.write('ahem')
  const socket = connect({ socket: raw, ca: authority.cert, servername: 'localhost' })
  t.after(() => socket.destroy())
  await once(socket, 'secureConnect')
  socket.write('GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1\.1 404/)
  assert.deepEqual(seen, ['ahem'])
  assert.equal(await remote, raw.localPort)
})
