// Patterns of channels: what they take out of a name, and which names a channel may have.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compilePattern, nameProblem } from '../../../gateway/channels/pattern.ts'
import { formatTarget, parseTargets } from '../../../gateway/delivery/targets.ts'

const captured = (text: string, name: string): unknown => {
  const pattern = compilePattern(text)
  if (typeof pattern === 'string') throw new Error(pattern)
  return pattern.match(name)
}

for (const [text, name, expected] of [
  ['news', 'news', {}],
  ['news', 'news:x', undefined],
  ['room:{room}', 'room:blue', { room: 'blue' }],
  ['room:{room}', 'room:', undefined],
  ['room:{room}', 'room:a:b', undefined],
  ['room:{room}', 'a room:blue', undefined],
  ['room:{room}', 'room:two\nlines', { room: 'two\nlines' }],
  ['ticker:{exchange}:{symbol}', 'ticker:xetra:SAP', { exchange: 'xetra', symbol: 'SAP' }],
  ['doc-{id}.{part}', 'doc-7.a.b', { id: '7', part: 'a.b' }],
  ['doc-{id}-end', 'doc-a-end', { id: 'a' }],
  ['log:{path*}', 'log:a:b:c', { path: 'a:b:c' }],
  ['{all*}', 'whatever:there:is', { all: 'whatever:there:is' }],
  ['a.c', 'abc', undefined],
  ['{x}+', '1+', { x: '1' }],
] as const) {
  test(`${text} on ${JSON.stringify(name)}: ${JSON.stringify(expected)}`, () =>
    assert.deepEqual(captured(text, name), expected))
}

for (const [text, why] of [
  ['', /at least one character/],
  ['room:{room', /without its other half/],
  ['room:}', /without its other half/],
  ['room:{}', /is not a name/],
  ['room:{Room}', /is not a name/],
  ['room:{a}{b}', /something has to stand between/],
  ['room:{a}:{a}', /taken already/],
  ['room:{principal}', /taken already/],
  ['log:{path*}:end', /only be at the end/],
] as const) {
  test(`${JSON.stringify(text)} is no pattern`, () => {
    const pattern = compilePattern(text)
    assert.match(typeof pattern === 'string' ? pattern : 'it is one', why)
  })
}

for (const [name, why] of [
  ['', /has a name/],
  ['x'.repeat(21), /at most 20 bytes/],
  ['é'.repeat(11), /at most 20 bytes/],
  ['a\u0000', /printable/],
  ['a\nb', /printable/],
  ['\ud800', /printable/],
  [' a', /white space/],
  ['a\u00a0', /white space/],
] as const) {
  test(`${JSON.stringify(name)} is no name`, () => assert.match(nameProblem(name, 20) ?? '', why))
}

test('a name that may be one is the same channel once it was written into ce_to and read again', () => {
  const one = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(',', '%', '2', 'c', ' ', ':') }),
  )
  fc.assert(
    fc.property(one, (channel) => {
      fc.pre(nameProblem(channel, 255) === undefined)
      const target = { kind: 'channel', channel } as const
      assert.deepEqual(parseTargets(`${formatTarget(target)}, everyone`, 10), [target, { kind: 'everyone' }])
    }),
  )
})
