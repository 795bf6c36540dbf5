// Rules that look at a payload: asked once it was found to be its message, whatever encoding it came in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { create, toBinary } from '@bufbuild/protobuf'
import { composePayloads } from '../../../gateway/compose/payloads.ts'
import { settings } from '../../../gateway/config/settings.ts'
import { compileRoutes } from '../../../gateway/inbound/routes.ts'
import { payloadOn } from '../../../gateway/inbound/way.ts'
import { MessageSchema, Tone } from '../../../schemas/gen/openclaw/examples/chat/v1/chat_pb.ts'
import { ownImage } from '../../support/images.ts'
import { fakeSession, quietEvents } from '../fakes.ts'

const type = 'openclaw.examples.chat.v1.Message'
const config = settings.parse({
  session: { secrets: ['a secret of some length'] },
  schemas: { images: [ownImage] },
  routes: {
    chat: {
      topic: 't',
      allow: 'payload.room == principal.user && payload.number < 100u && payload.tone == 1',
      payload: { type },
    },
    free: { topic: 't' },
  },
})
const routes = compileRoutes(config.routes, undefined, {}, composePayloads(config, quietEvents()).route)
const session = fakeSession({ principal: { tenant: '', user: 'alice', claims: {} } })

function take(payload: { bytes: Buffer; contentType: string }, name = 'chat'): string {
  const route = routes.pick({ route: name }, '/') ?? assert.fail()
  const taken = payloadOn({ route }, session, { kind: 'publish', payload })
  if (taken === undefined) return 'not looked at'
  return 'code' in taken ? taken.code : taken.schema
}

const given = { room: 'alice', text: 'hi', number: 99n, tone: Tone.JOKE }
const binary = (more: { room?: string; number?: bigint } = {}) => ({
  bytes: Buffer.from(toBinary(MessageSchema, create(MessageSchema, { ...given, ...more }))),
  contentType: 'application/protobuf',
})
const json = (more: object = {}) => ({
  bytes: Buffer.from(JSON.stringify({ ...given, number: '99', ...more })),
  contentType: 'application/json',
})

test('a rule sees the fields of the message, in JSON as in protobuf', () => {
  for (const payload of [json(), binary()]) assert.equal(take(payload), `proto:${type}`)
  for (const payload of [
    json({ room: 'bob' }),
    binary({ room: 'bob' }),
    json({ number: 100 }),
    binary({ number: 100n }),
  ])
    assert.equal(take(payload), 'forbidden')
})

test('what is not the message is refused before any rule is asked', () => {
  assert.equal(take(json({ room: 'NO' })), 'invalid-payload')
})

test('a route that says nothing of payloads looks at none', () => {
  assert.equal(take({ bytes: Buffer.from('anything'), contentType: 'text/plain' }, 'free'), 'not looked at')
})
