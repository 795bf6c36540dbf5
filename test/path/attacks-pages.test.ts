// What pages of others and clever subprotocol lists try: a browser's user is not lent out, and no list picks what is not spoken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'
import { bodyOf, closeOf, handshakeText, statusOf, wireTo } from '../support/wire.ts'

const json = 'openclaw.v1.json'
const ours = 'https://app.example.com'

const foreign = [
  'null',
  'https://evil.example',
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://app.example.com.',
  'https://app.example.com/',
  'https://app.example.com.evil.example',
  'https://evilapp.example.com',
  'https://sub.app.example.com',
  'https://APP.example.com',
  'https://app.example.com@evil.example',
  'https://app.example.com, https://evil.example',
  'https://app.example.com%00',
  'https://app.exampleXcom',
  'http://localhost',
  'http://127.0.0.1:8080',
  'file://',
  'chrome-extension://abcdef',
  '*',
  '',
]

test('pages of others and lists of subprotocols', async (t) => {
  const cluster = await testCluster(t, {
    slots: 1,
    overrides: { origins: [ours], auth: { cookie: { name: 'session' }, tickets: { enabled: true } } },
  })
  const { port } = await startNode(t, cluster)
  const token = await tokenFor('alice')
  const cookie = `session=${token}`
  const shake = async (headers: Record<string, string | string[]>, line?: string) =>
    (await wireTo(t, port, handshakeText({ ...headers }, line)).ended).text

  await t.test('a page of another origin does not come in with the cookie of its victim', async () => {
    for (const origin of foreign) {
      const enveloped = await shake({ origin, cookie, 'sec-websocket-protocol': json })
      assert.deepEqual([origin, closeOf(enveloped)], [origin, { code: 4403, reason: 'origin-not-allowed' }])
      const raw = await shake({ origin, cookie }, 'GET /echo HTTP/1.1')
      assert.deepEqual([origin, statusOf(raw)], [origin, 403])
      assert.deepEqual(JSON.parse(bodyOf(raw)), { code: 'origin-not-allowed' })
    }
  })
  await t.test('two origins are none', async () => {
    const text = await shake({ origin: [ours, 'https://evil.example'], cookie }, 'GET /echo HTTP/1.1')
    assert.notEqual(statusOf(text), 101)
  })
  await t.test('without an Origin a cookie is no credential', async () => {
    assert.equal(statusOf(await shake({ cookie }, 'GET /echo HTTP/1.1')), 401)
  })
  await t.test('with ours it is, and a page of another origin learns nothing by asking', async () => {
    const page = await connect(t, port, { origin: ours, headers: { cookie } })
    page.send({ hello: {} })
    await page.next('welcome')
    const asked = await fetch(`http://127.0.0.1:${port}/echo`, {
      headers: { origin: 'https://evil.example', cookie },
    })
    assert.equal(asked.status, 403)
    assert.equal(asked.headers.get('access-control-allow-origin'), null)
  })
  await t.test('a page of another origin gets no ticket, and no word that it may ask', async () => {
    for (const origin of ['null', 'https://evil.example']) {
      for (const method of ['POST', 'OPTIONS']) {
        const answer = await fetch(`http://127.0.0.1:${port}/tickets`, {
          method,
          headers: { origin, cookie },
        })
        assert.equal(answer.status, 403)
        for (const name of ['origin', 'credentials', 'headers'])
          assert.equal(answer.headers.get(`access-control-allow-${name}`), null)
        assert.deepEqual(await answer.json(), { code: 'origin-not-allowed' })
      }
    }
  })

  const bearer = `openclaw.bearer.${token}`
  const many = Array.from({ length: 400 }, (_, n) => `x${n}`).join(', ')
  const offers: readonly [what: string, offer: string | string[], picked: string | number][] = [
    ['the token beside a real one', `${json}, ${bearer}`, json],
    ['the token first', `${bearer}, ${json}`, json],
    ['the token alone', bearer, 400],
    ['the token in base64', `openclaw.bearer64.${Buffer.from(token).toString('base64url')}, ${json}`, json],
    ['blanks', `  ${json}\t ,  ${bearer} `, json],
    ['empty places', `${json}, ,${bearer}`, 400],
    ['over two headers', [json, bearer], json],
    ['hundreds, ours last', `${many}, ${json}`, json],
    ['hundreds, none of ours', many, 400],
    ['ours in capitals', json.toUpperCase(), 400],
    ['a longer name', `${json}2`, 400],
    ['a name like a property of objects', '__proto__, constructor', 400],
    ['a version to come', 'openclaw.v2.json', 400],
    ['one that is reserved and not spoken', 'mqtt', 400],
    ['ours twice', `${json}, ${json}`, 400],
    ['a name with a blank', `${json} evil`, 400],
    ['quoted', `"${json}"`, 400],
    ['a name of letters that are no token', 'openclaw.v1.jsön', 400],
  ]
  for (const [what, offer, picked] of offers) {
    await t.test(`offered: ${what}`, async () => {
      const wire = wireTo(t, port, handshakeText({ 'sec-websocket-protocol': offer, connection: 'Upgrade' }))
      const text = await waitFor(() => wire.came().includes('\r\n\r\n') && wire.came())
      wire.socket.destroy()
      assert.equal(/sec-websocket-protocol: (.*)\r/i.exec(text)?.[1] ?? statusOf(text), picked)
      assert.ok(!text.includes(token.slice(-20)) && !text.includes('bearer64'))
    })
  }
  const noTokens: readonly [what: string, offer: string][] = [
    ['two tokens', `${json}, ${bearer}, ${bearer}x`],
    ['an empty token', `${json}, openclaw.bearer.`],
    [
      'base64 of something with a line break',
      `${json}, openclaw.bearer64.${Buffer.from(`${token}\r\n`).toString('base64url')}`,
    ],
    ['base64 that is none', `${json}, openclaw.bearer64.!!`],
  ]
  for (const [what, offer] of noTokens) {
    await t.test(`nobody by ${what}`, async () => {
      const text = await shake({ 'sec-websocket-protocol': offer })
      assert.deepEqual(closeOf(text) ?? statusOf(text), { code: 4401, reason: 'unauthenticated' })
    })
  }
})
