// Stolen, changed and worn-out resume tokens and positions: they open a new session of whoever shows them, and tell nothing of the old one.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connect, type Frame, type TestClient, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'

type Resume = { readonly token: unknown; readonly attempt: unknown; readonly position: unknown }

/** The welcome, or the code that it was closed with. */
async function greet(t: TestContext, port: number, token: string, resume: Resume) {
  const client = await connect(t, port)
  client.send({ hello: { token, resume } })
  const end = client.closed.then(({ code }) => ({ code, welcome: undefined, client }))
  const welcome = client
    .next('welcome', undefined, 20_000)
    .then((frame) => ({ code: 0, welcome: frame, client }))
  return Promise.race([end, welcome.catch(() => end)])
}

const resumeOf = ({ welcome }: { welcome: Frame }, attempt = 1): Resume => ({
  token: welcome['resumeToken'],
  attempt,
  position: welcome['position'],
})

const alive = async (client: TestClient): Promise<void> => {
  client.send({ ping: {} })
  await client.next('pong')
}

test('what resumes a session is worth nothing to others, and nothing changed', async (t) => {
  const cluster = await testCluster(t, { slots: 2 })
  const { port } = await startNode(t, cluster)
  const echoed = await cluster.kafka.read(cluster.echo)
  const [alice, mallory] = [await tokenFor('alice'), await tokenFor('mallory')]
  const victim = await welcomed(t, port, alice)
  const other = await welcomed(t, port, alice)
  const good = resumeOf(victim)
  const text = String(good.token)
  const [body = '', signature = ''] = text.split('.')
  const [otherBody = '', otherSignature = ''] = String(other.welcome['resumeToken']).split('.')
  const forged = (claims: unknown) =>
    `${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`

  const asMallory: readonly [what: string, resume: Resume][] = [['as it is', good]]
  const asAlice: readonly [what: string, token: string][] = [
    ['the signature of another session', `${body}.${otherSignature}`],
    ['the body of another session', `${otherBody}.${signature}`],
    ['another session in it', forged([other.welcome['session'], 1, '', 'alice'])],
    ['another user in it', forged([victim.welcome['session'], 1, '', 'mallory'])],
    ['nothing in it', forged([])],
    ['something else in it', forged({ session: victim.welcome['session'] })],
    ['no signature', `${body}.`],
    ['both twice', `${text}.${text}`],
    ['a token of the issuer', alice],
    ['the id of the session', String(victim.welcome['session'])],
    // The last letter of base64 has bits that count for nothing; so not that one.
    ...[0, 5, body.length + 1, body.length + 20].map((at): [string, string] => [
      `another letter at ${at}`,
      `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`,
    ]),
  ]
  for (const [token, list] of [
    [mallory, asMallory],
    [alice, asAlice.map(([what, changed]) => [what, { ...good, token: changed }] as const)],
  ] as const) {
    for (const [what, resume] of list) {
      await t.test(`${what}: a new session`, async () => {
        const { welcome, client } = await greet(t, port, token, resume)
        assert.deepEqual([welcome?.['resumed'], welcome?.['recovered']], [false, false])
        assert.notEqual(welcome?.['session'], victim.welcome['session'])
        client.close()
        await alive(victim)
      })
    }
  }
  for (const resume of [
    { ...good, attempt: 0 },
    { ...good, attempt: -1 },
    { ...good, attempt: 2 ** 53 },
    { ...good, attempt: '1; DROP' },
    { ...good, token: { body } },
    { ...good, token: 'x'.repeat(20_000) },
    { ...good, position: 'zzzzzzzzzzzzzzzz.0.9999999999.x' },
    { ...good, position: '../../0' },
    { ...good, position: 'p'.repeat(200) },
  ]) {
    await t.test(
      `attempt ${String(resume.attempt)}, position ${String(resume.position).slice(0, 20)}`,
      async () => {
        const { code, welcome, client } = await greet(t, port, alice, resume as Resume)
        assert.ok(code === 4400 || welcome?.['resumed'] === false, `${code}`)
        client.close()
        await alive(victim)
      },
    )
  }

  await t.test(
    'with the position of another session it is resumed with a gap that is said, or not at all',
    async () => {
      const own = await welcomed(t, port, alice)
      const { welcome } = await greet(t, port, alice, {
        ...resumeOf(own),
        position: `1.${'0'.repeat(3)}.zz.x`,
      })
      assert.ok(welcome?.['recovered'] !== true)
    },
  )
  await t.test('an earlier attempt does not take the session from a later one', async () => {
    const own = await welcomed(t, port, alice)
    const first = await greet(t, port, alice, resumeOf(own, 5))
    assert.equal(first.welcome?.['resumed'], true)
    assert.equal((await own.closed).code, 4409)
    // The same attempt may be the client's again, which never saw its welcome; an earlier one cannot.
    const { code } = await greet(t, port, alice, resumeOf(own, 4))
    assert.equal(code, 4409)
    await alive(first.client)
  })
  await t.test('one of many at the same time has the session', async () => {
    const own = await welcomed(t, port, alice)
    const all = await Promise.all(Array.from({ length: 8 }, () => greet(t, port, alice, resumeOf(own, 3))))
    const open = all.filter(
      ({ client, welcome }) => welcome?.['resumed'] === true && client.ws.readyState === 1,
    )
    assert.ok(open.length <= 1, `${open.length} have it`)
  })
  await t.test('one that was signed with a secret that is no longer in use is none', async () => {
    const later = await startNode(t, cluster, { session: { secrets: ['another secret of the tests only'] } })
    const { welcome } = await greet(t, later.port, alice, { ...good, attempt: 9 })
    assert.deepEqual(
      [welcome?.['resumed'], welcome?.['session'] === victim.welcome['session']],
      [false, false],
    )
    await alive(victim)
  })
  await t.test('the victim has noticed nothing', async () => {
    victim.send({ publish: { id: 'v', route: 'echo', payload: 1 } })
    await victim.next('ack')
    assert.ok(victim.frames.every(({ kind }) => kind === 'heartbeat'))
    assert.ok(echoed.every(({ headers }) => headers['ce_subject'] === 'alice'))
  })
})
