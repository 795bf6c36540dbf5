// Finding the payload in the text of a frame.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { payloadSpan } from '../../../gateway/protocol/payload-span.ts'

const spanOf = (text: string) => payloadSpan(Buffer.from(text))?.toString()

const cases: readonly (readonly [what: string, text: string, span: string | undefined])[] = [
  ['a plain payload', '{"publish":{"payload":1}}', '1'],
  ['space around it', ' { "publish" : { "payload" \n:\t 1.50 \r } } ', '1.50'],
  [
    'an object with its own spaces',
    '{"publish":{"payload":{ "a" : [1, 2 ] },"id":"x"}}',
    '{ "a" : [1, 2 ] }',
  ],
  ['a string with brackets and quotes', '{"publish":{"payload":"}]\\"{\\\\","id":"x"}}', '"}]\\"{\\\\"'],
  ['the word payload in strings', '{"publish":{"id":"payload","type":"\\"payload\\":1","payload":2}}', '2'],
  [
    'payloads inside the payload',
    '{"publish":{"payload":{"payload":{"payload":3}}}}',
    '{"payload":{"payload":3}}',
  ],
  ['payloads in other objects', '{"publish":{"headers":{"payload":1},"payload":2,"x":[{"payload":3}]}}', '2'],
  ['the last of several', '{"publish":{"payload":1,"payload":[2],"payload":"3"}}', '"3"'],
  ['the last of several frames', '{"publish":{"payload":1},"publish":{"payload":2}}', '2'],
  ['a last frame without one', '{"publish":{"payload":1},"publish":{"id":"x"}}', undefined],
  ['a last frame that is no object', '{"publish":{"payload":1},"publish":[{"payload":2}]}', undefined],
  ['an escaped key', '{"publish":{"\\u0070aylo\\u0061d":4}}', '4'],
  ['a key that only begins like it', '{"publish":{"payloads":1,"payloa":2,"Payload":3}}', undefined],
  ['a key with an escape at its end', '{"publish":{"payload\\n":1}}', undefined],
  ['payload at the wrong depth', '{"payload":1}', undefined],
  ['an empty frame', '{"publish":{}}', undefined],
  ['an empty object', '{}', undefined],
  ['literals', '{"publish":{"a":true,"b":null,"payload":false}}', 'false'],
  ['numbers with signs', '{"publish":{"payload":-1.5E+10}}', '-1.5E+10'],
]

for (const [what, text, span] of cases) {
  test(`the span of the payload is found: ${what}`, () => assert.equal(spanOf(text), span))
}

test('the span shares its memory with the frame', () => {
  const frame = Buffer.from('{"publish":{"payload":"abc"}}')
  assert.equal(payloadSpan(frame)?.buffer, frame.buffer)
})

const space = fc.stringMatching(/^[ \n\r\t]{0,2}$/)
const key = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('"payload"', '"\\u0070ayload"', '"pay\\u006coad"') },
  fc.constantFrom('"id"', '"data"', '"payload "', '"\\\\"', '"\\""', '"__proto__"', '"\u00e4"'),
)
const value = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('9007199254740993', '1e400', '-0.0', '"\\ud800"', '"\\\\"', '{"payload":1}', '[[],{}]'),
)
/** An object as text with several of these members, spaces wherever JSON allows them. */
const object = (member: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.array(fc.tuple(space, member, space), { maxLength: 5 }), space)
    .map(([members, inside]) => `{${inside}${members.map((parts) => parts.join('')).join()}}`)
const field = fc.tuple(key, space, space, value).map(([name, a, b, text]) => `${name}${a}:${b}${text}`)
const frame = fc
  .tuple(space, object(fc.oneof(object(field), value).map((text) => `"publish":${text}`)), space)
  .map((parts) => parts.join(''))

test('the span says what JSON.parse says is the payload', () => {
  fc.assert(
    fc.property(frame, (text) => {
      const { publish } = JSON.parse(text) as { publish?: unknown }
      const fields = typeof publish === 'object' && publish !== null && !Array.isArray(publish) ? publish : {}
      const span = payloadSpan(Buffer.from(text))?.toString()
      assert.equal(span !== undefined, Object.hasOwn(fields, 'payload'))
      if (span !== undefined) {
        assert.deepEqual(JSON.parse(span), (fields as { payload: unknown }).payload)
        assert.equal(span, span.trim())
      }
    }),
    { numRuns: 3000 },
  )
})
