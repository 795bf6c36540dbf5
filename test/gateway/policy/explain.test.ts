// explain: what the parts of a rule came to, and that the whole is what the rule itself says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Explained, explain, type Facts } from '../../../gateway/policy/explain.ts'
import type { RulePrincipal } from '../../../gateway/policy/facts.ts'
import { compileRule } from '../../../gateway/policy/rule.ts'

const alice: RulePrincipal = { tenant: 'acme', user: 'alice', claims: { rooms: ['blue'], roles: ['member'] } }
const facts = (more: Partial<Facts> = {}): Facts => ({ principal: alice, texts: {}, open: [], ...more })

/** A tree as lines: an arrow at what decides. */
const lines = ({ text, shown, outcome, decides, parts }: Explained): readonly string[] => [
  `${decides ? '→ ' : ''}${text} = ${outcome === 'value' ? shown : `${outcome} ${shown}`}`,
  ...parts.flatMap(lines),
]

test('the operand that decided is pointed at, and values are shown', () => {
  const rule = "room in principal.claims.rooms && 'admin' in principal.roles && principal.user != 'bob'"
  assert.deepEqual(lines(explain(rule, facts({ texts: { room: 'blue' } }))), [
    'room in principal.claims.rooms && "admin" in principal.roles && principal.user != "bob" = false',
    'room in principal.claims.rooms = true',
    'room = "blue"',
    'principal.claims.rooms = ["blue"]',
    '→ "admin" in principal.roles = false',
    'principal.roles = ["member"]',
    'principal.user != "bob" = true',
    'principal.user = "alice"',
  ])
})

test('what is not known leaves open only what depends on it', () => {
  const asked = (rule: string) => {
    const { outcome, shown } = explain(rule, facts({ open: ['room', 'type', 'payload'] }))
    return `${outcome} ${shown}`
  }
  assert.equal(asked('room in principal.claims.rooms'), 'depends room')
  assert.equal(asked("room == 'x' || 'member' in principal.roles"), 'value true')
  assert.equal(asked("room == 'x' && 'admin' in principal.roles"), 'value false')
  assert.equal(asked("type == 'x' && payload.n == 1 || room == 'y'"), 'depends room, type, payload')
  // It could never be true, whatever the room is.
  assert.equal(asked('room in principal.claims.none'), 'fails field not found: none')
  assert.equal(asked('room == principal.claims.none && type == room'), 'fails field not found: none')
  assert.equal(asked('room in principal.claims.none || type == room'), 'depends room, type')
})

test('a rule that ends after a thousand turns says so', () => {
  const claims = { rooms: Array.from({ length: 2_000 }, () => 1) }
  const { outcome, shown, text } = explain(
    'principal.claims.rooms.all(a, a > 0.0)',
    facts({ principal: { ...alice, claims } }),
  )
  assert.deepEqual(
    [outcome, shown, text],
    ['fails', 'more than 1000 turns of loops', 'principal.claims.rooms.all(a, a > 0.0)'],
  )
})

test('a rule is explained as it answers', () => {
  const leaves = [
    'room in principal.claims.rooms',
    "'admin' in principal.roles",
    'principal.claims.flag',
    "principal.user == 'alice'",
    'has(principal.claims.flag)',
    "type.startsWith('a')",
    'principal.claims.rooms.exists(r, r == room)',
  ]
  const { rule } = fc.letrec<{ rule: string }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...leaves),
      fc
        .tuple(tie('rule'), fc.constantFrom('&&', '||'), tie('rule'))
        .map(([a, by, b]) => `(${a}) ${by} (${b})`),
      tie('rule').map((a) => `!(${a})`),
      fc.tuple(tie('rule'), tie('rule'), tie('rule')).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    ),
  }))
  const claims = fc.record(
    {
      rooms: fc.oneof(fc.array(fc.constantFrom('a', 'b')), fc.integer()),
      roles: fc.array(fc.constantFrom('admin', 'member')),
      flag: fc.oneof(fc.boolean(), fc.string()),
    },
    { requiredKeys: [] },
  )
  const texts = fc.record({ room: fc.constantFrom('a', 'b', 'c'), type: fc.constantFrom('', 'a') })
  fc.assert(
    fc.property(rule, claims, fc.constantFrom('alice', undefined), texts, (source, given, user, known) => {
      const principal = { tenant: 't', claims: given, ...(user === undefined ? {} : { user }) }
      const compiled = compileRule(source, ['room', 'type'])
      assert.ok(typeof compiled !== 'string', compiled as string)
      const { outcome, shown } = explain(source, { principal, texts: known, open: [] })
      assert.equal(outcome === 'value' && shown === 'true', compiled(principal, known))
    }),
    { numRuns: 300 },
  )
})
