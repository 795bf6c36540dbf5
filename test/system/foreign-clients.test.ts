// Strangers at both ends: a Python WebSocket client on each subprotocol, and kcat as a backend.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, welcomed } from '../support/client.ts'
import { type Cluster, startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { hasProgram, missing, pythonWith, run } from '../support/tools.ts'
import { waitFor } from '../support/wait.ts'

/** What client.py prints. */
type Got = {
  readonly json: { readonly ack: { readonly topic: string; readonly offset: string } }
  readonly proto: { readonly ack: { readonly id: string }; readonly reply: string }
  readonly raw: string
  readonly bare: string
}

const root = join(import.meta.dirname, '../..')

/** A backend in the plainest form: what comes is sent to ce_replyto with all its headers. */
async function echo(cluster: Cluster): Promise<void> {
  const records = await cluster.kafka.read(cluster.echo)
  const answerFrom = async (from: number): Promise<void> => {
    for (const { headers, value } of records.slice(from)) {
      const { ce_replyto: to = '', ...copied } = headers
      if (headers['ce_id']?.includes('/p') === false)
        await cluster.kafka.send(to, [{ value, headers: copied }])
    }
  }
  let done = 0
  const timer = setInterval(() => {
    const from = done
    done = records.length
    void answerFrom(from)
  }, 10)
  timer.unref()
}

test('a Python client speaks json, proto and raw, gets acks with offsets and replies', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  await echo(cluster)
  const python = await pythonWith(['websockets==15.0.1', 'protobuf==6.33.1'])
  const descriptors = join(cluster.folder, 'schemas.binpb')
  await run(join(root, 'node_modules/.bin/buf'), ['build', '-o', descriptors], { cwd: join(root, 'schemas') })
  const script = join(import.meta.dirname, 'python/client.py')
  const url = `ws://127.0.0.1:${node.port}`
  const { stdout } = await run(python, [script, url, await tokenFor('pia'), descriptors], { timeout: 30_000 })
  const got = JSON.parse(stdout) as Got
  const { json, proto, raw, bare } = got
  assert.match(stdout, /"reply": \{"big": 9007199254740993\}/)
  const { topic, offset } = json.ack
  assert.equal(topic, cluster.echo)
  assert.match(offset, /^\d+$/)
  assert.equal(proto.ack.id, 'p2')
  assert.equal(proto.reply, '00ff')
  assert.deepEqual([raw, bare], ['{"raw": 1}', '{"raw": 1}'])
})

test('kcat sees the record, replies to ce_replyto and reaches a user through dispatch', async (t) => {
  if (!(await hasProgram('kcat'))) return t.skip(String(missing('kcat')))
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  const broker = cluster.stack.brokers.join(',')
  const kcat = (...args: string[]) => run('kcat', ['-b', broker, '-q', ...args], { timeout: 20_000 })
  const produce = (topic: string, value: string, headers: Record<string, string>) =>
    new Promise<void>((resolve, reject) => {
      const flags = Object.entries(headers).flatMap(([name, text]) => ['-H', `${name}=${text}`])
      const child = run('kcat', ['-b', broker, '-P', '-t', topic, ...flags], { timeout: 20_000 })
      child.then(() => resolve(), reject)
      child.child.stdin?.end(value)
    })

  client.send({ request: { id: 'q', route: 'echo', payload: { ask: true } } })
  const seen = await waitFor(async () => {
    const { stdout } = await kcat('-C', '-t', cluster.echo, '-e', '-o', 'beginning', '-J')
    return stdout.trim() === ''
      ? undefined
      : (JSON.parse(stdout.trim()) as { headers: string[]; payload: string; key: string })
  })
  assert.deepEqual([seen.payload, seen.key], ['{"ask":true}', 'alice'])
  const headers = Object.fromEntries(
    Array.from({ length: seen.headers.length / 2 }, (_, n) => [
      seen.headers[2 * n] ?? '',
      seen.headers[2 * n + 1] ?? '',
    ]),
  )
  assert.deepEqual(
    [
      headers['ce_specversion'],
      headers['ce_subject'],
      headers['ce_request'],
      headers['ce_type'],
      headers['content-type'],
    ],
    ['1.0', 'alice', 'q', 'openclaw.echo', 'application/json'],
  )
  await produce(String(headers['ce_replyto']), '{"from":"kcat"}', headers)
  assert.deepEqual((await client.next('reply'))['payload'], { from: 'kcat' })
  await produce(cluster.topics.dispatch, '{"hi":"alice"}', { ce_to: 'user:alice' })
  assert.deepEqual((await client.next('message'))['payload'], { hi: 'alice' })
})

test('a browser’s way in: the token as a second subprotocol', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const token = await tokenFor('web')
  const client = await connect(t, node.port, { protocols: ['openclaw.v1.json', `openclaw.bearer.${token}`] })
  assert.equal(client.ws.protocol, 'openclaw.v1.json')
  client.send({ hello: {} })
  await client.next('welcome')
})
