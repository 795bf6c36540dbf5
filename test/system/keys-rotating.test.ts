// F20: an issuer's keys rotate, and its endpoint fails, under 100 connects a second and a flood of unknown key ids.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import { type Key, keyEndpoint, newKey, now, sign } from '../gateway/admission/authenticators/issuer.ts'
import { onEnd } from '../support/cleanup.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { waitFor } from '../support/wait.ts'

const isLong = process.env['OPENCLAW_TEST_LONG'] === '1'
/** Milliseconds; the default of the setting where there is time for it. */
const cooldown = isLong ? 30_000 : 2_000
const timeoutMs = 4 * cooldown + 20_000
const connectsPerSecond = 100
const unknownPerSecond = 50

type Try = { readonly began: number; readonly phase: string; readonly outcome: 'welcome' | number }

/** Shows a token and says what came of it: a welcome, or a close code. */
function tryToken(port: number, token: string): Promise<'welcome' | number> {
  return new Promise((resolve) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}/`, ['openclaw.v1.json'], {
      headers: { authorization: `Bearer ${token}` },
    })
    ws.on('open', () => ws.send('{"hello":{}}'))
    ws.on('message', (data: Buffer) => {
      if (!data.toString().startsWith('{"welcome"')) return
      resolve('welcome')
      ws.close(1000)
    })
    ws.on('error', () => undefined)
    ws.on('close', resolve)
  })
}

/** Begins tries at a steady rate, whatever became of those before, until it is stopped. */
function openLoop(t: TestContext, perSecond: number, begin: (n: number) => void): () => void {
  const since = performance.now()
  let begun = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - since) / 1000) * perSecond
    while (begun < due) begin(begun++)
  }, 5)
  const stop = () => clearInterval(timer)
  onEnd(t, stop)
  return stop
}

test('keys rotate and their endpoint fails under load: no valid token is called invalid', async (t) => {
  const [first, second, third, stranger] = await Promise.all(['1', '2', '3', 'x'].map((kid) => newKey(kid)))
  assert.ok(first && second && third && stranger)
  const endpoint = await keyEndpoint(t, [first])
  const { url: jwksUri } = endpoint
  const auth = {
    jwt: [{ issuer: 'https://idp.test', audience: 'openclaw', jwksUri }],
    jwks: { cooldown, refresh: 20 * cooldown },
  }
  const node = await startNode(t, await testCluster(t, { overrides: { auth } }))

  const [valid, unknown]: [Try[], Try[]] = [[], []]
  let current: { phase: string; key: Key } = { phase: 'steady', key: first }
  let pending = 0
  const attempt = async (key: Key, claims: object, tries: Try[]): Promise<void> => {
    const { phase } = current
    const began = performance.now()
    pending++
    tries.push({ began, phase, outcome: await tryToken(node.port, await sign(key, { ...claims })) })
    pending--
  }
  const stops = [
    openLoop(t, connectsPerSecond, () => void attempt(current.key, { iat: now() }, valid)),
    // Kids of all sorts, some tokens fresh and some old.
    openLoop(t, unknownPerSecond, (n) => {
      void attempt({ ...stranger, kid: `unknown-${n}` }, { iat: now() - (n % 2) * 300 }, unknown)
    }),
  ]
  const welcomes = (phase: string) =>
    valid.filter((each) => each.phase === phase && each.outcome === 'welcome').length
  const enough = (phase: string) =>
    waitFor(() => welcomes(phase) >= connectsPerSecond, { timeoutMs, describe: `welcomes while ${phase}` })

  await enough('steady')
  // The worst of rotations: the new key signs as soon as it is published, and the old one is gone.
  for (const [phase, key] of [['rotated', second] as const, ['rotated again', third] as const]) {
    endpoint.answer = [key]
    current = { phase, key }
    await enough(phase)
  }
  endpoint.answer = 503
  current = { phase: 'endpoint down', key: third }
  const before = endpoint.fetches
  await waitFor(() => endpoint.fetches >= before + 2, { timeoutMs })
  await enough('endpoint down')
  for (const stop of stops) stop()
  await waitFor(() => pending === 0, { timeoutMs: 30_000 })

  const count = (tries: readonly Try[], phase: string, outcome: Try['outcome']) =>
    tries.filter((each) => each.phase === phase && each.outcome === outcome).length
  for (const phase of ['steady', 'rotated', 'rotated again', 'endpoint down'])
    t.diagnostic(
      `${phase}: welcome ${count(valid, phase, 'welcome')}, come again ${count(valid, phase, 1013)}, called invalid ${count(valid, phase, 4401)}; ` +
        `unknown keys: welcome ${count(unknown, phase, 'welcome')}, come again ${count(unknown, phase, 1013)}, invalid ${count(unknown, phase, 4401)}`,
    )
  const gaps = endpoint.at.slice(1).map((at, n) => at - (endpoint.at[n] ?? 0))
  t.diagnostic(
    `${endpoint.fetches} fetches for ${valid.length + unknown.length} tokens, at least ${Math.min(...gaps).toFixed(0)} ms apart (cooldown ${cooldown} ms)`,
  )

  assert.deepEqual(
    valid.filter(({ outcome }) => outcome !== 'welcome' && outcome !== 1013),
    [],
  )
  assert.ok(unknown.every(({ outcome }) => outcome !== 'welcome'))
  assert.ok(gaps.every((gap) => gap >= cooldown))
  // Nobody is told to come again once the keys were fetched after a rotation, nor while the endpoint is down.
  for (const phase of ['steady', 'rotated', 'rotated again', 'endpoint down']) {
    const tries = valid.filter((each) => each.phase === phase).sort((a, b) => a.began - b.began)
    const fetched = tries.find(({ outcome }) => outcome === 'welcome')?.began ?? Number.POSITIVE_INFINITY
    const late = tries.filter(({ began, outcome }) => began > fetched + 250 && outcome !== 'welcome')
    assert.deepEqual(late, [], phase)
  }
})
