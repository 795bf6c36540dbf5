// Who may use a route at this moment.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import { authorize } from '../../../gateway/inbound/authorize.ts'
import { compileRoutes, type Route } from '../../../gateway/inbound/routes.ts'
import { anonymous, type Principal } from '../../../gateway/session/principal.ts'
import { alice } from '../fakes.ts'

const route = (more: object = {}): Route =>
  compileRoutes(settings.parse({ r: { topic: 't', ...more } })).pick({ route: 'r' }, '/') as Route
const now = 1_000
const member: Principal = { ...alice, claims: { roles: ['member'] } }

for (const [what, config, principal, code] of [
  ['anybody authenticated, by default', {}, alice, undefined],
  ['whose credential lasts', {}, { ...alice, expiresAt: 1_001 }, undefined],
  ['whose credential is over', {}, { ...alice, expiresAt: 1_000 }, 'token-expired'],
  ['nobody, where it says so', { allow: false }, alice, 'forbidden'],
  ['no stranger, by default', {}, anonymous, 'forbidden'],
  ['a stranger, where it says so', { anonymous: true }, anonymous, undefined],
  ['a stranger, where nobody may', { anonymous: true, allow: false }, anonymous, 'forbidden'],
  ['a member, where its rule asks for one', { allow: "'member' in principal.roles" }, member, undefined],
  ['no other then', { allow: "'member' in principal.roles" }, alice, 'forbidden'],
  ['nobody where the rule fails', { allow: 'principal.claims.level > 1' }, alice, 'forbidden'],
  ['a type that its rule names', { allow: "type == 'chat'" }, alice, undefined],
  ['no other type', { allow: "type != 'chat'" }, alice, 'forbidden'],
] as const) {
  test(`a route takes ${what}: ${code ?? 'yes'}`, () => {
    assert.equal(authorize(route(config), principal, now, 'chat')?.code, code)
  })
}

test('a frame that names no type has the empty one', () => {
  assert.equal(authorize(route({ allow: "type == ''" }), alice, now), undefined)
})
