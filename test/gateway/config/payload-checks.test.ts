// Payloads in a configuration: messages that no image has, images that are none, settings that contradict each other.
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../../gateway/config/load.ts'

const image = fileURLToPath(new URL('../../../schemas/gen/image.binpb', import.meta.url))
const message = 'openclaw.examples.chat.v1.Message'

const load = (given: object) =>
  loadConfig({
    env: {},
    overrides: {
      session: { secrets: ['a secret of the tests only'] },
      auth: { anonymous: true },
      ...given,
    } as never,
  })

function problems(given: object): string[] {
  const loaded = load(given)
  return loaded.ok ? [] : loaded.problems.map(({ path, message: what }) => `${path}: ${what}`)
}

const withImage = { schemas: { images: [image] } }
const chat = (payload: object, more: object = {}) => ({
  routes: { chat: { topic: 'chat.in', payload, ...more } },
})

test('a route names its messages by type, and the rest has defaults', () => {
  const loaded = load({ ...withImage, ...chat({ types: { msg: message } }) })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  assert.deepEqual(loaded.config.routes['chat']?.payload, {
    types: { msg: message },
    accept: ['json', 'protobuf', 'msgpack'],
    store: 'protobuf',
    unknown: 'reject',
    framing: 'none',
  })
})

test('a message that no image has is an error that names the route and the closest one', () => {
  assert.deepEqual(
    problems({
      ...withImage,
      ...chat({
        types: { msg: 'openclaw.examples.chat.v1.Mesage', typing: 'chat.v2.Typing', x: 'no.such.Thing' },
      }),
      channels: { 'room:{room}': { payload: { type: 'openclaw.examples.chat.v1.Massage' } } },
      feeds: { f: { topic: 'f', to: 'everyone', payload: { type: 'Nothing' } } },
      delivery: { payload: { types: { a: 'openclaw.v1.Recipt' } } },
    }),
    [
      `routes.chat.payload.types.msg: no image has a message openclaw.examples.chat.v1.Mesage; did you mean ${message}?`,
      'routes.chat.payload.types.typing: no image has a message chat.v2.Typing; did you mean openclaw.examples.chat.v1.Typing?',
      'routes.chat.payload.types.x: no image has a message no.such.Thing',
      `channels.room:{room}.payload.type: no image has a message openclaw.examples.chat.v1.Massage; did you mean ${message}?`,
      'feeds.f.payload.type: no image has a message Nothing',
      'delivery.payload.types.a: no image has a message openclaw.v1.Recipt; did you mean openclaw.v1.Receipt?',
    ],
  )
})

test('messages without images, payloads without messages, framing without a registry', () => {
  assert.deepEqual(problems(chat({ type: message })), [
    'schemas.images: routes.chat.payload names messages: say where their descriptors are',
  ])
  assert.deepEqual(problems({ ...withImage, ...chat({ store: 'json' }) }), [
    'routes.chat.payload: name a message: `type` for all payloads, or `types` for each type',
  ])
  assert.deepEqual(problems({ ...withImage, ...chat({ type: message, framing: 'confluent' }) }), [
    'routes.chat.payload.framing: confluent needs schemaRegistry.url: the number of a schema is asked for there',
  ])
})

test('a content type of raw frames that the route would always refuse', () => {
  const accept = { type: message, accept: ['json'] }
  assert.deepEqual(problems({ ...withImage, ...chat(accept, { contentType: 'application/protobuf' }) }), [
    'routes.chat.contentType: got "application/protobuf"; the route accepts json only, so binary raw frames would all be refused',
  ])
  assert.deepEqual(problems({ ...withImage, ...chat(accept, { contentType: 'application/json' }) }), [])
})

test('a key that is no field of the message', () => {
  const keyed = (key: string) => problems({ ...withImage, ...chat({ type: message }, { key }) })
  assert.deepEqual(keyed('payload.room'), [])
  assert.deepEqual(keyed('payload.writtenAt.seconds'), [])
  assert.deepEqual(keyed('payload.romm'), [
    `routes.chat.key: got "payload.romm"; ${message} has no field romm`,
  ])
  assert.deepEqual(keyed('payload.mentions'), [
    `routes.chat.key: got "payload.mentions"; mentions of ${message} is neither a text, a number, true or false nor a name`,
  ])
})

test('images that cannot be read, or are none', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-images-'))
  t.after(() => rm(folder, { recursive: true }))
  const junk = join(folder, 'junk.binpb')
  writeFileSync(junk, 'no image at all')
  assert.deepEqual(problems({ schemas: { images: ['/nowhere/image.binpb', image] } }), [
    'schemas.images[0]: cannot read /nowhere/image.binpb; `buf build -o /nowhere/image.binpb` makes it',
  ])
  assert.deepEqual(problems({ schemas: { images: [folder] } }), [
    `schemas.images: ${junk} is no image of descriptors; make one with \`buf build -o image.binpb\``,
  ])
})
