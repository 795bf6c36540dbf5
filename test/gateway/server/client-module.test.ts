// GET /openclaw.js: one module that works by itself, in development only; pages that may connect may read why they cannot.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { answerModule, isForModule } from '../../../gateway/server/client-module.ts'
import { json } from './peer.ts'
import { startWorld } from './world.ts'

const build = join(import.meta.dirname, '../../../client/build.ts')

test('the module is served as it was built, and brings its client', async (t) => {
  await promisify(execFile)(process.execPath, [build, '--module-only'])
  const server = createServer((request, response) => {
    if (isForModule(request)) void answerModule(response)
    else response.writeHead(418).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const answer = await fetch(`${url}/openclaw.js?v=1`)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/javascript/)
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  const source = `data:text/javascript;base64,${Buffer.from(await answer.text()).toString('base64')}`
  const { createClient } = (await import(source)) as { createClient: (options: object) => { state: string } }
  assert.equal(createClient({ url: 'ws://127.0.0.1:1/' }).state, 'idle')
  assert.equal((await fetch(`${url}/openclaw.jsx`)).status, 418)
})

test('where it was not built the answer says how', async (t) => {
  const server = createServer((_request, response) => void answerModule(response, '/nowhere/openclaw.js'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/openclaw.js`)
  assert.equal(answer.status, 404)
  assert.match(((await answer.json()) as { hint: string }).hint, /npm run client:build/)
})

test('it is no path of a gateway that is not in development', async (t) => {
  const { port } = await startWorld(t)
  assert.equal((await fetch(`http://127.0.0.1:${port}/openclaw.js`)).status, 404)
})

test('a page whose origin is allowed may read the explanation, another may not', async (t) => {
  const { port } = await startWorld(t)
  const allowed = async (origin: string) => {
    const headers = { origin, 'sec-websocket-protocol': json }
    return (await fetch(`http://127.0.0.1:${port}/`, { headers })).headers.get('access-control-allow-origin')
  }
  assert.equal(await allowed('https://good'), 'https://good')
  assert.equal(await allowed('https://bad'), null)
})
