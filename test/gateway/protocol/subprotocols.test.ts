// What is offered, what is chosen, and the credential beside it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import { msgpackCodec } from '../../../gateway/protocol/msgpack.ts'
import { protoCodec } from '../../../gateway/protocol/proto.ts'
import {
  canRejectInBand,
  chooseSubprotocol,
  codecFor,
  splitOffers,
  subprotocols,
} from '../../../gateway/protocol/subprotocols.ts'

const choose = (header: string | undefined, routeNames?: string[]) =>
  chooseSubprotocol(splitOffers(header), routeNames)

test('the first of the client that is spoken here is picked', () => {
  const proto = { kind: 'named', name: 'openclaw.v1.proto', codec: protoCodec }
  assert.deepEqual(choose('openclaw.v9.json, openclaw.v1.proto, openclaw.v1.json'), proto)
  assert.deepEqual(choose('openclaw.v1.json,openclaw.v1.proto'), {
    kind: 'named',
    name: 'openclaw.v1.json',
    codec: jsonCodec,
  })
})

test('raw is spoken by its name, by a name of a route, and by offering nothing', () => {
  assert.deepEqual(choose('openclaw.v1.raw'), { kind: 'named', name: 'openclaw.v1.raw', codec: undefined })
  assert.deepEqual(choose('ocpp1.6', ['ocpp1.6']), { kind: 'named', name: 'ocpp1.6', codec: undefined })
  assert.deepEqual(choose(undefined), { kind: 'raw' })
  assert.deepEqual(choose(' , '), { kind: 'raw' })
})

test('offers without a common one are told so, also a bearer alone, reserved names and other cases', () => {
  const offers = ['graphql-ws', 'openclaw.bearer.abc', 'openclaw.v2.json', 'mqtt', 'OPENCLAW.V1.JSON']
  for (const offer of offers) assert.deepEqual(choose(offer), { kind: 'none-common' }, offer)
})

test('a bearer beside a real one is split off and never picked', () => {
  const offers = splitOffers('openclaw.bearer.aa.bb-cc_dd, openclaw.v1.json')
  assert.deepEqual(offers, { names: ['openclaw.v1.json'], bearer: { token: 'aa.bb-cc_dd' } })
  const token = 'k=ä'
  const encoded = Buffer.from('key_1:s3cret/+=').toString('base64url')
  assert.deepEqual(splitOffers(`openclaw.v1.json,openclaw.bearer64.${encoded}`).bearer, {
    token: 'key_1:s3cret/+=',
  })
  assert.equal(
    splitOffers(`openclaw.bearer64.${Buffer.from(token).toString('base64url')}`).bearer,
    'unreadable',
  )
})

test('several bearers, an empty one and broken base64 are unreadable', () => {
  const headers = [
    'openclaw.bearer.a, openclaw.bearer.b',
    'openclaw.bearer.a, openclaw.bearer64.YQ',
    'openclaw.bearer.',
    'openclaw.bearer64.',
    'openclaw.bearer64.a+b',
    'openclaw.bearer64.AAAA',
  ]
  for (const header of headers) assert.equal(splitOffers(header).bearer, 'unreadable', header)
})

test('a rejection is told in band only to those who asked for one of our own', () => {
  for (const name of subprotocols) assert.equal(canRejectInBand(choose(name)), true, name)
  assert.equal(canRejectInBand(choose(undefined)), false)
  assert.equal(canRejectInBand(choose('ocpp1.6', ['ocpp1.6'])), false)
  assert.equal(canRejectInBand(choose('mqtt')), false)
})

test('raw has no codec, the others have', () => {
  assert.deepEqual(subprotocols.map(codecFor), [jsonCodec, protoCodec, msgpackCodec, undefined])
  assert.equal(codecFor(undefined), undefined)
})
