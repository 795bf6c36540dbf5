// The example that pushes to users who are not there, with a webhook of the test.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startProgram } from '../support/backend-program.ts'
import { onEnd } from '../support/cleanup.ts'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { randomName } from '../support/names.ts'
import { hasProgram, missing, pythonWith } from '../support/tools.ts'
import { waitFor } from '../support/wait.ts'

const script = join(import.meta.dirname, '../../examples/push-fallback/push.py')

/** Keeps what is posted to it. */
async function startWebhook(t: TestContext): Promise<{ url: string; posted: unknown[] }> {
  const posted: unknown[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      posted.push(JSON.parse(body))
      response.writeHead(204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onEnd(t, () => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, posted }
}

test('what is for a user who is not there is pushed once, with its value; what reaches somebody is not', {
  skip: (await hasProgram('python3')) ? false : missing('python3'),
}, async (t) => {
  const python = await pythonWith(['confluent-kafka==2.16.1'])
  const cluster = await testCluster(t)
  const { kafka, topics, stack } = cluster
  const webhook = await startWebhook(t)
  const group = randomName('push')
  const options = [script, stack.brokers.join(','), webhook.url, topics.receipts, group]
  const backend = startProgram(t, python, options)
  const node = await startNode(t, cluster)
  const alice = await welcomed(t, node.port, await tokenFor('alice'))

  const order = (user: string, id: string) =>
    kafka.send(topics.dispatch, [
      {
        key: `user:${user}`,
        value: JSON.stringify({ order: id }),
        headers: { ce_to: `user:${user}`, ce_id: id, ce_type: 'order.shipped', ce_receipt: 'failed' },
      },
    ])
  await order('alice', 'o-1')
  await order('bob', 'o-2')
  assert.deepEqual((await alice.next('message'))['payload'], { order: 'o-1' })

  const said = () => `a push; the backend said ${backend.output()}`
  await waitFor(() => webhook.posted.length > 0, { timeoutMs: 60_000, describe: said })
  assert.deepEqual(webhook.posted, [
    { target: 'user:bob', tenant: '', id: 'o-2', type: 'order.shipped', value: '{"order":"o-2"}' },
  ])

  // A copy of the receipt, as there may be after a crash of a node, rings no phone; the next order does.
  const receipts = await kafka.read(topics.receipts)
  const [copied] = await waitFor(() => receipts.length > 0 && receipts, { timeoutMs: 20_000 })
  if (copied === undefined) throw new Error('no receipt')
  await kafka.send(topics.receipts, [{ value: copied.value, headers: copied.headers }])
  await order('carol', 'o-3')
  await waitFor(() => webhook.posted.length > 1, { timeoutMs: 30_000, describe: said })
  assert.deepEqual(
    webhook.posted.map((each) => (each as { target: string }).target),
    ['user:bob', 'user:carol'],
  )
  await waitFor(async () => (await kafka.committed(group, topics.receipts)) === 3, {
    timeoutMs: 20_000,
    everyMs: 100,
  })
})
