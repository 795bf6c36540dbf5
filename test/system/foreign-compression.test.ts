// A stranger that compresses: the WebSocket library of Python with its own defaults, beside one of Node without.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { onEnd } from '../support/cleanup.ts'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { pythonWith } from '../support/tools.ts'
import { waitFor } from '../support/wait.ts'

const script = join(import.meta.dirname, 'python/compressed.py')

test('a Python client reads compressed messages of a channel, small and large, among plain ones', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, {
    compression: { enabled: true, threshold: '100B' },
    channels: { 'room:{room}': { subscribe: true } },
  })
  const python = await pythonWith(['websockets==15.0.1', 'protobuf==6.33.1'])
  const sent = [0, 1, 10, 1_000, 5_000, 20_000].map((size) => ({ size, text: 'ab cd '.repeat(size) }))
  const args = [script, `ws://127.0.0.1:${node.port}`, await tokenFor('pia'), 'room:1', String(sent.length)]
  let [out, errors] = ['', '']
  const child = execFile(python, args)
  onEnd(t, () => void child.kill('SIGKILL'))
  child.stdout?.on('data', (chunk: string) => (out += chunk))
  child.stderr?.on('data', (chunk: string) => (errors += chunk))
  const other = await welcomed(t, node.port, await tokenFor('nils'))
  other.send({ subscribe: { id: 's', channel: 'room:1' } })
  await other.next('subscribed')
  await waitFor(() => out.includes('ready\n'), {
    timeoutMs: 30_000,
    describe: () => `python; it said ${errors}`,
  })

  await cluster.kafka.send(
    `${cluster.name}.channels`,
    sent.map((value) => ({ value: JSON.stringify(value), headers: { ce_to: 'channel:room:1' } })),
  )
  await waitFor(() => out.endsWith('}\n'), { timeoutMs: 30_000, describe: () => `python; it said ${errors}` })
  const got = JSON.parse(out.slice('ready\n'.length)) as { extensions: string; payloads: unknown }
  assert.match(got.extensions, /^permessage-deflate;.*server_max_window_bits=12/)
  assert.deepEqual(got.payloads, sent)
  await waitFor(() => other.frames.length === sent.length)
  assert.deepEqual(
    other.frames.map(({ payload }) => payload),
    sent,
  )
})
