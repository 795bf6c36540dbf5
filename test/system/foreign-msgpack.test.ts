// A stranger that speaks MessagePack: Python with its msgpack package, to a plain route and to one with a schema.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import { MessageSchema } from '../../schemas/gen/openclaw/examples/chat/v1/chat_pb.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { ownImage } from '../support/images.ts'
import { tokenFor } from '../support/keys.ts'
import { pythonWith, run } from '../support/tools.ts'
import { waitFor } from '../support/wait.ts'

/** What msgpack_client.py prints. */
type Got = {
  readonly ack: { readonly topic: string; readonly offset: string }
  readonly same: boolean
  readonly binary: string
  readonly refusal: { readonly code: string; readonly violations: readonly { readonly field: string }[] }
  readonly taken: { readonly partition: number; readonly offset: string }
}

test('a Python client with msgpack publishes, gets replies and refusals, and its messages are protobuf in Kafka', async (t) => {
  const cluster = await testCluster(t, { overrides: { schemas: { images: [ownImage] } } })
  const chat = { topic: cluster.echo, payload: { type: 'openclaw.examples.chat.v1.Message' } }
  const node = await startNode(t, cluster, { routes: { ...cluster.overrides.routes, chat } })
  const records = await cluster.kafka.read(cluster.echo)
  let answered = 0
  const timer = setInterval(() => {
    for (const { headers, value } of records.slice(answered)) {
      answered++
      if (headers['ce_request'] !== undefined)
        void cluster.kafka.send(headers['ce_replyto'] ?? '', [{ value, headers: { ...headers } }])
    }
  }, 10)
  t.after(() => clearInterval(timer))
  const python = await pythonWith(['websockets==15.0.1', 'msgpack==1.1.0'])
  const script = join(import.meta.dirname, 'python/msgpack_client.py')
  const { stdout } = await run(python, [script, `ws://127.0.0.1:${node.port}`, await tokenFor('pia')], {
    timeout: 60_000,
  })
  const { ack, same, binary, refusal, taken } = JSON.parse(stdout) as Got
  assert.deepEqual([ack.topic, same, binary], [cluster.echo, true, '00ff'])
  assert.deepEqual(
    [refusal.code, refusal.violations.map(({ field }) => field)],
    ['invalid-payload', ['text']],
  )
  const find = () =>
    records.find((read) => read.partition === taken.partition && read.offset === Number(taken.offset))
  await waitFor(() => find() !== undefined, { timeoutMs: 20_000 })
  assert.equal(fromBinary(MessageSchema, find()?.value ?? Buffer.alloc(0)).number, 2n ** 63n)
})
