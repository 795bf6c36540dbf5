// compileRule: what rules say, what is a mistake before anybody asks, and that a failure is a no.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import type { RulePrincipal } from '../../../gateway/policy/facts.ts'
import {
  compileRule,
  type Prepared,
  prepareRule,
  type Rule,
  type RuleTexts,
} from '../../../gateway/policy/rule.ts'
import { ReceiptSchema } from '../../../schemas/gen/openclaw/v1/events_pb.ts'

const names = ['room', 'channel']
const texts = { room: 'blue', channel: 'room:blue' }

const alice = (claims: Record<string, unknown> = {}): RulePrincipal => ({
  tenant: 'acme',
  user: 'alice',
  claims,
})

function compiled(source: boolean | string, onFailure?: (message: string) => void): Rule {
  const rule = compileRule(source, names, onFailure)
  assert.equal(typeof rule, 'function', String(rule))
  return rule as Rule
}

const says = (source: boolean | string, claims: Record<string, unknown> = {}, more: RuleTexts = texts) =>
  compiled(source)(alice(claims), more)

const mistake = (source: string): string => {
  const rule = compileRule(source, names)
  return typeof rule === 'string' ? rule : 'none'
}

test('true and false are rules', () => {
  assert.deepEqual([says(true), says(false)], [true, false])
})

test('a rule sees the principal and what the pattern took out of the name', () => {
  assert.equal(says("principal.user == 'alice' && principal.tenant == 'acme'"), true)
  assert.equal(says('room in principal.claims.rooms', { rooms: ['red', 'blue'] }), true)
  assert.equal(says('room in principal.claims.rooms', { rooms: ['red'] }), false)
  assert.equal(says("channel == 'room:' + room"), true)
  assert.equal(says("'admin' in principal.roles", { realm_access: { roles: ['admin'] } }), true)
  assert.equal(says("'rooms:join' in principal.scopes", { scope: 'read rooms:join' }), true)
  assert.equal(says('principal.claims.org.level >= 3', { org: { level: 3 } }), true)
  assert.equal(
    says("principal.claims.rooms.exists(each, room.startsWith(each + ''))", { rooms: ['bl'] }),
    true,
  )
  assert.equal(says('has(principal.claims.vip) && principal.claims.vip', { vip: true }), true)
})

test('a failure is a no, and is told', () => {
  const failures: string[] = []
  const rule = compiled('room in principal.claims.rooms', (message) => failures.push(message))
  assert.equal(rule(alice(), texts), false)
  assert.equal(rule(alice({ rooms: 7 }), texts), false)
  assert.equal(rule(alice({ rooms: ['blue'] }), texts), true)
  assert.deepEqual(failures, [
    'field not found: rooms',
    "found no matching overload for '@in' applied to '(string, double)'",
  ])
})

test('an anonymous principal has no user, and whoever asks for it gets a no', () => {
  const rule = compiled("principal.user != 'mallory'")
  assert.equal(rule({ tenant: '', claims: {} }, texts), false)
  assert.equal(compiled('!has(principal.user)')({ tenant: '', claims: {} }, texts), true)
})

test('a claim that is not true or false is no answer', () => {
  const failures: string[] = []
  const rule = compiled('principal.claims.admin', (message) => failures.push(message))
  assert.deepEqual([rule(alice({ admin: 'yes' })), rule(alice({ admin: true }))], [false, true])
  assert.deepEqual(failures, ['gave string, not true or false'])
})

test('names that every object has are no claims and no variables', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.equal(says('room in principal.claims', {}, { room: name }), false)
    assert.equal(says('principal.claims[room] != null', {}, { room: name }), false)
    assert.match(mistake(`${name} == null`), new RegExp(`there is no ${name} here`))
  }
  assert.equal(says("principal.claims.x == 'y'", { x: { $typeName: 'google.protobuf.Any' } }), false)
})

test('an answer for one principal is not that of another', () => {
  const rule = compiled("'admin' in principal.roles")
  const admin = alice({ roles: ['admin'] })
  assert.deepEqual([rule(admin), rule(alice()), rule(admin), rule(alice())], [true, false, true, false])
})

test('what can never be right is a mistake that is seen at once, in words', () => {
  assert.equal(
    mistake('room in principal.claim.rooms'),
    'principal has no claim; it has user, tenant, claims, roles, scopes',
  )
  assert.equal(mistake("rom == 'x'"), 'there is no rom here; a rule may use principal, room, channel')
  assert.equal(mistake("room.begins('x')"), 'there is no function begins')
  assert.equal(mistake('room'), 'it gives a value of type string, and has to give true or false')
  assert.equal(mistake('room +'), 'at 1:6 found + but expecting end of input')
  assert.match(
    mistake("room == 'x' && room + 1 == 2"),
    /^found no matching overload for '_\+_' applied to '\(string, int\)', in room \+ 1/,
  )
  assert.match(mistake('principal.roles.all(role, role + 1 == 2)'), /^found no matching overload for '_\+_'/)
  assert.match(mistake("room.matches('((')"), /^error parsing regexp/)
  assert.match(mistake(' '), /^a rule is true, false or an expression$/)
  assert.match(mistake('google.protobuf.Duration{} == 1'), /^there is no type/)
  assert.match(mistake('('.repeat(4_000)), /^it is nested too deeply$/)
  assert.match(mistake(`room == '${'x'.repeat(5_000)}'`), /^a rule has at most 4096 characters$/)
})

test('a rule over many values ends after a thousand turns, with a no', () => {
  const failures: string[] = []
  const many = { rooms: Array.from({ length: 2_000 }, (_, n) => n) }
  const rule = compiled(
    'principal.claims.rooms.all(a, principal.claims.rooms.all(b, a + b >= 0.0))',
    (message) => failures.push(message),
  )
  assert.equal(rule(alice(many)), false)
  assert.equal(rule(alice({ rooms: [1, 2] })), true)
  assert.match(failures.join(), /^more than 1000 turns of loops/)
})

test('a pattern that takes for ever elsewhere is matched in a time that grows with the name alone', () => {
  const started = performance.now()
  assert.equal(says("room.matches('^(a+)+$')", {}, { room: `${'a'.repeat(250)}!` }), false)
  assert.ok(performance.now() - started < 2_000)
})

function prepared(source: string, onFailure?: (message: string) => void): Prepared {
  const rule = prepareRule(source, names, { payload: true }, onFailure)
  assert.ok(typeof rule !== 'string', rule as string)
  return rule
}

test('a rule without the payload has no second stage, so that nobody decodes for it', () => {
  assert.equal(prepared("room == 'blue'").allowsPayload, undefined)
  assert.equal(prepared('principal.claims.all.exists(payload, payload == room)').allowsPayload, undefined)
  assert.equal((prepareRule(true, names, { payload: true }) as Prepared).allowsPayload, undefined)
})

test('a rule that looks at the payload is asked before it is known, and again when it is', () => {
  const failures: string[] = []
  const told = (message: string) => failures.push(message)
  const { allows, allowsPayload } = prepared("'admin' in principal.roles || payload.amount <= 100.0", told)
  const [admin, user] = [alice({ roles: ['admin'] }), alice()]
  const asked = (principal: RulePrincipal, amount: unknown) =>
    allowsPayload?.(principal, texts, { json: { amount } })
  assert.deepEqual([allows(admin, texts), allows(user, texts)], [true, true])
  assert.deepEqual([asked(admin, 1e9), asked(user, 100), asked(user, 101)], [true, true, false])
  assert.deepEqual(failures, [])
  assert.equal(asked(user, 'much'), false)
  assert.equal(allowsPayload?.(user, texts, { json: null }), false)
  assert.equal(failures.length, 2)
})

test('what no payload can change is said before it is decoded', () => {
  const { allows } = prepared("room == 'red' && payload.amount <= 100.0")
  assert.equal(allows(alice(), texts), false)
  assert.equal(allows(alice(), { ...texts, room: 'red' }), true)
})

test('a payload may be a message of protobuf', () => {
  const { allowsPayload } = prepared("payload.reason == 'slow' && payload.headers['x-a'] == 'b'")
  const message = reflect(ReceiptSchema, create(ReceiptSchema, { reason: 'slow', headers: { 'x-a': 'b' } }))
  assert.equal(allowsPayload?.(alice(), texts, { message }), true)
})

test('a rule where no payload is known must not name it', () => {
  assert.match(mistake('payload.amount > 1'), /and payload where the section payload says what it is$/)
  const prepared = prepareRule('payload + 1 == 2', names, { payload: true })
  assert.match(typeof prepared === 'string' ? prepared : '', /^found no matching overload/)
})
