// A frame takes the route it names, else the first whose match fits.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import { compileRoutes } from '../../../gateway/inbound/routes.ts'

const routes = compileRoutes(
  settings.parse({
    plain: { topic: 'plain' },
    typed: {
      topic: 'typed',
      match: [
        { path: '/chat', field: 'type', equals: 'chat' },
        { field: 'type', equals: 'talk' },
      ],
    },
    chat: { topic: 'chat', match: [{ path: '/chat' }] },
    alias: { topic: 'alias', match: [{ field: 'route', equals: 'old-name' }] },
    second: { topic: 'second', match: [{ path: '/chat' }] },
  }),
)

for (const [what, asked, path, expected] of [
  ['a name', { route: 'plain' }, '/', 'plain'],
  ['a name, whatever else fits', { route: 'plain', type: 'chat' }, '/chat', 'plain'],
  ['a path and a type', { type: 'chat' }, '/chat', 'typed'],
  ['a type on any path', { type: 'talk' }, '/', 'typed'],
  ['a path alone: the first of two', { type: 'other' }, '/chat', 'chat'],
  ['a name that only a match knows', { route: 'old-name' }, '/', 'alias'],
  ['an unknown name on a path that fits', { route: 'nope' }, '/chat', undefined],
  ['an unknown name and a type that fits', { route: 'nope', type: 'talk' }, '/', undefined],
  ['nothing that fits', {}, '/', undefined],
  ['a name of every object', { route: 'constructor' }, '/', undefined],
] as const) {
  test(`${what}: ${expected ?? 'no route'}`, () => assert.equal(routes.pick(asked, path)?.name, expected))
}

test('a rule that fails is told with the setting that holds it', () => {
  const told: string[] = []
  const { pick } = compileRoutes(
    settings.parse({ vip: { topic: 'v', allow: 'principal.claims.vip' } }),
    (...failure) => told.push(failure.join(': ')),
  )
  assert.equal(pick({ route: 'vip' }, '/')?.allows({ tenant: '', claims: {} }), false)
  assert.deepEqual(told, ['routes.vip.allow: field not found: vip'])
  assert.throws(
    () => compileRoutes(settings.parse({ r: { topic: 't', allow: 'nobody' } })),
    /routes\.r\.allow: there is no nobody here/,
  )
})

test('a raw connection takes the first route of its path alone', () => {
  assert.equal(routes.ofPath('/chat')?.name, 'chat')
  assert.equal(routes.pick({}, '/chat')?.name, 'chat')
  assert.equal(routes.ofPath('/'), undefined)
})
