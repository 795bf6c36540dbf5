// Who may use a route at this moment.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import { authorize } from '../../../gateway/inbound/authorize.ts'
import { compileRoutes, type Route } from '../../../gateway/inbound/routes.ts'
import { anonymous } from '../../../gateway/session/principal.ts'
import { alice } from '../fakes.ts'

const route = (more: object = {}): Route =>
  compileRoutes(settings.parse({ r: { topic: 't', ...more } })).pick({ route: 'r' }, '/') as Route
const now = 1_000

for (const [what, config, principal, code] of [
  ['anybody authenticated, by default', {}, alice, undefined],
  ['whose credential lasts', {}, { ...alice, expiresAt: 1_001 }, undefined],
  ['whose credential is over', {}, { ...alice, expiresAt: 1_000 }, 'token-expired'],
  ['nobody, where it says so', { allow: false }, alice, 'forbidden'],
  ['no stranger, by default', {}, anonymous, 'forbidden'],
  ['a stranger, where it says so', { anonymous: true }, anonymous, undefined],
  ['a stranger, where nobody may', { anonymous: true, allow: false }, anonymous, 'forbidden'],
] as const) {
  test(`a route takes ${what}: ${code ?? 'yes'}`, () => {
    assert.equal(authorize(route(config), principal, now)?.code, code)
  })
}
