// Images that change while a node runs: a set that fits takes the place of the one before, a bad or breaking one is refused and told.
import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { createGateway } from '../../gateway/compose/gateway.ts'
import { loadConfig } from '../../gateway/config/load.ts'
import { onEnd } from '../support/cleanup.ts'
import { type TestClient, welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { buildImage } from '../support/images.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const image = (fields: string) =>
  buildImage({
    'a/v1/a.proto': `syntax = "proto3"; package a.v1; message Order { string id = 1; ${fields} }`,
  })

let sent = 0
const ask = async (client: TestClient, payload: object) => {
  const id = `m${sent++}`
  client.send({ publish: { id, route: 'orders', payload } })
  await waitFor(() => client.frames.some((frame) => frame['id'] === id), { timeoutMs: 20_000 })
  return client.frames.find((frame) => frame['id'] === id)?.kind
}

test('a new field is taken once its image is there; a bad image and a breaking one change nothing', async (t) => {
  const cluster = await testCluster(t)
  const file = join(cluster.folder, 'image.binpb')
  // As build tools should do it; a file half written would be refused, and read again when it changes.
  const put = async (bytes: Buffer | string) => {
    await writeFile(`${file}.new`, bytes)
    await rename(`${file}.new`, file)
  }
  await put(image('int32 amount = 2;'))
  const loaded = loadConfig({
    env: {},
    overrides: {
      ...cluster.overrides,
      schemas: { images: [file], reload: 100 },
      routes: { orders: { topic: cluster.echo, payload: { type: 'a.v1.Order' } } },
    },
  })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const gateway = await createGateway(loaded.config, { log })
  onEnd(t, () => gateway.stop())
  await gateway.start()
  const client = await welcomed(t, gateway.port, await tokenFor('alice'))
  const logged = (text: string) =>
    waitFor(() => lines.some((line) => line.includes(text)), {
      timeoutMs: 20_000,
      describe: () => lines.join(''),
    })

  assert.equal(await ask(client, { id: 'a', amount: 1 }), 'ack')
  assert.equal(await ask(client, { id: 'a', note: 'x' }), 'refusal')
  await put(image('int32 amount = 2; string note = 3;'))
  await logged('schemas loaded anew')
  assert.equal(await ask(client, { id: 'a', note: 'x' }), 'ack')

  await put('no image')
  await logged('is no image of descriptors')
  assert.equal(await ask(client, { id: 'a', note: 'x' }), 'ack')
  await put(image('string amount = 2; string note = 3;'))
  await logged('the field a.v1.Order.amount was int32 and is string')
  assert.equal(await ask(client, { id: 'a', amount: 2 }), 'ack')
  assert.equal(await ask(client, { id: 'a', amount: 'two' }), 'refusal')
})
