// Tokens for Kafka: fetched once, kept, renewed in time, and a server that is away is told without its words or our secret.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createTokenSource } from '../../../gateway/broker/token-source.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

async function sourceOf(t: TestContext, answer: Answer) {
  const seen: { authorization: string; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += String(piece)))
    request.on('end', () => {
      seen.push({ authorization: request.headers.authorization ?? '', body })
      answer(request, response, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close().closeAllConnections())
  const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  const config = { tokenUrl, clientId: 'a:b', clientSecret: 'hunter2 +%', scope: 'kafka' }
  return { seen, source: createTokenSource({ mechanism: 'oauthbearer', ...config }) }
}

const giving = (life: unknown): Answer => {
  let given = 0
  return (_, response) => response.end(JSON.stringify({ access_token: `t${++given}`, expires_in: life }))
}

test('one question is asked for many who want a token, with the secret in the header alone', async (t) => {
  const { source, seen } = await sourceOf(t, giving(600))
  const tokens = await Promise.all(Array.from({ length: 50 }, () => source()))
  assert.deepEqual([...new Set(tokens.map(({ value }) => value))], ['t1'])
  assert.equal((await source()).value, 't1')
  assert.deepEqual(seen, [
    {
      authorization: `Basic ${Buffer.from('a%3Ab:hunter2+%2B%25').toString('base64')}`,
      body: 'grant_type=client_credentials&scope=kafka',
    },
  ])
})

test('a token that is nearly over is fetched anew; one that does not say how long it lives is kept for a while', async (t) => {
  const short = await sourceOf(t, giving(0))
  await short.source()
  assert.equal((await short.source()).value, 't2')
  const silent = await sourceOf(t, giving(undefined))
  await silent.source()
  assert.equal((await silent.source()).value, 't1')
})

test('while the server is away a token that is due but good is given on', async (t) => {
  let isAway = false
  const { source } = await sourceOf(t, (_, response) => {
    if (isAway) return void response.writeHead(503).end()
    response.end(JSON.stringify({ access_token: 'first', expires_in: 600 }))
  })
  assert.equal((await source()).value, 'first')
  isAway = true
  const { now } = performance
  t.mock.method(performance, 'now', () => now.call(performance) + 500_000)
  assert.equal((await source()).value, 'first')
  t.mock.method(performance, 'now', () => now.call(performance) + 586_000)
  await assert.rejects(source(), /no token for Kafka: the token server answered 503/)
})

for (const [what, answer, expected] of [
  ['refuses', (_, response) => response.writeHead(401).end('hunter2'), /answered 401$/],
  ['sends us elsewhere', (_, response) => response.writeHead(302, { location: '/x' }).end(), /fetch failed$/],
  ['gives no JSON', (_, response) => response.end('hunter2'), /gave no JSON$/],
  ['gives null', (_, response) => response.end('null'), /gave no token$/],
  ['gives no token', (_, response) => response.end('{"hunter2":1}'), /gave no token$/],
  ['gives too much', (_, response) => response.end('"hunter2'.repeat(20_000)), /answered too much$/],
] as const satisfies readonly (readonly [string, Answer, RegExp])[]) {
  test(`a server that ${what} is told in our words alone`, async (t) => {
    const { source } = await sourceOf(t, answer)
    await assert.rejects(source(), (failure: Error) => {
      assert.match(failure.message, expected)
      assert.doesNotMatch(`${failure.message}${failure.stack ?? ''}`, /hunter2/)
      return true
    })
  })
}
