// CloudEvents in their JSON form are taken apart: attributes are headers, data is the payload as it was written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudEvent, openCloudEvent } from '../../../gateway/delivery/cloudevents.ts'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import { incoming, readAgain } from '../fakes.ts'

const session = 'AAAAAAAAAAAAAAAAAAAAAA'
const secret = 'a secret of this test'
const options = { from: 'dispatch', maxTargets: 10, secrets: [secret] } as const
const typed = { 'content-type': 'application/cloudevents+json; charset=utf-8' }

const event = (members: string, headers: Record<string, string> = {}) =>
  incoming({ ...typed, ...headers }, `{"specversion":"1.0","id":"e-1","source":"/s","type":"t"${members}}`)

const payload = (members: string) => {
  const opened = openCloudEvent(event(members))
  assert.ok(opened)
  return { text: opened.payload.bytes.toString(), contentType: opened.payload.contentType }
}

for (const [type, is] of [
  ['application/cloudevents+json', true],
  ['Application/CloudEvents+JSON;charset=utf-8', true],
  ['application/cloudevents-batch+json', false],
  ['application/cloudevents+xml', false],
  ['application/json', false],
] as const) {
  test(`${type} is ${is ? '' : 'not '}taken apart`, () => assert.equal(isCloudEvent(type), is))
}

test('JSON data keeps every byte: numbers, order, repeats, spaces and escapes', () => {
  const data = '{ "b": 9007199254740993, "a": 1e400, "a": -0.0, "2": "\\u00e9\\ud800", "1": [1.0,{}] }'
  assert.deepEqual(payload(`,"data":${data}`), { text: data, contentType: 'application/json' })
  assert.equal(payload(',"data": 1E+2 ,"x":"data"').text, '1E+2')
  assert.equal(payload(',"data":null').text, 'null')
  assert.equal(payload(',"data":"a \\"quoted\\" {"').text, '"a \\"quoted\\" {"')
})

test('of a repeated member the last counts, however its name is written', () => {
  assert.equal(payload(',"data":1,"d\\u0061ta":2').text, '2')
})

test('data inside other members is not taken for it', () => {
  assert.equal(payload(',"ext":{"data":1},"data":[2],"more":[{"data":3}]').text, '[2]')
})

test('a string that is no JSON travels without its quotes', () => {
  assert.deepEqual(payload(',"datacontenttype":"text/plain","data":"a\\nb"'), {
    text: 'a\nb',
    contentType: 'text/plain',
  })
  assert.equal(payload(',"datacontenttype":"application/problem+json","data":"a"').text, '"a"')
})

test('base64 is decoded, and typed by what it is if nothing says so', () => {
  assert.deepEqual(payload(',"data_base64":"aGk="'), { text: 'hi', contentType: 'text/plain' })
  assert.equal(payload(',"datacontenttype":"image/png","data_base64":"aGk="').contentType, 'image/png')
})

test('an event without data has an empty payload', () => {
  assert.equal(payload('').text, '')
  assert.equal(payload(',"datacontenttype":"text/x"').contentType, 'text/x')
})

for (const [what, value] of [
  ['an array', '[]'],
  ['null', 'null'],
  ['no JSON', '{"specversion":"1.0"'],
  ['another version', '{"specversion":"0.3","data":1}'],
  ['no version', '{"data":1}'],
  ['both kinds of data', '{"specversion":"1.0","data":1,"data_base64":"aGk="}'],
  ['broken base64', '{"specversion":"1.0","data_base64":"a*"}'],
  ['broken UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ['a tombstone', null],
] as const) {
  test(`${what} is no CloudEvent`, () => assert.equal(openCloudEvent(incoming(typed, value)), undefined))
}

test('attributes address it, describe it, and ask for what headers could', () => {
  const members = ',"to":"user:alice","tenant":"acme","more":true,"traceparent":"00-1","data":1'
  const read = readDelivery(event(members), options)
  assert.ok(!isUnreadable(read))
  const { targets, tenant, more, id, type, trace } = read
  assert.deepEqual(
    { targets, tenant, more, id, type, trace },
    {
      targets: [{ kind: 'user', user: 'alice' }],
      tenant: 'acme',
      more: true,
      id: 'e-1',
      type: 't',
      trace: '00-1',
    },
  )
})

test('headers say better where it goes, the event what it is', () => {
  const headers = { ce_to: `session:${session}`, ce_id: 'of the request', ce_session: session }
  const read = readDelivery(event(',"to":"everyone","session":"x","data":1', headers), options)
  assert.ok(!isUnreadable(read))
  assert.deepEqual([read.targets, read.session, read.id], [[{ kind: 'session', session }], session, 'e-1'])
})

test('an event cannot carry a mark, nor attributes that are no text', () => {
  const opened = openCloudEvent(event(',"gateway":"m","origin":"o","hops":3,"to":{"a":1},"request":null'))
  assert.deepEqual(Object.keys(opened?.headers ?? {}).sort(), ['ce_id', 'ce_type', 'content-type'])
})

test('an event that is sent on is opened again where it arrives', () => {
  const first = event(',"to":"user:alice","tenant":"acme","data":[1.0]')
  const read = readDelivery(first, options)
  assert.ok(!isUnreadable(read))
  const forward = toForward(first, read, { kind: 'session', session }, 'slot.1', secret)
  const again = readDelivery(readAgain(forward), { ...options, from: 'slot' })
  assert.ok(!isUnreadable(again), JSON.stringify(again))
  assert.deepEqual(
    [again.targets, again.tenant, again.mark?.hops],
    [[{ kind: 'session', session }], 'acme', 1],
  )
  assert.equal(again.payload.bytes.toString(), '[1.0]')
})
