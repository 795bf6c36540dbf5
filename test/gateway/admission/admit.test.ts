// The decisions on a handshake, in their order.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { type AdmitDeps, admit } from '../../../gateway/admission/admit.ts'
import type { Authenticator } from '../../../gateway/admission/credential.ts'
import { createOriginRule } from '../../../gateway/admission/origin.ts'
import { authorizationHeader } from '../../../gateway/admission/sources/authorization-header.ts'
import { bearerSubprotocol } from '../../../gateway/admission/sources/bearer-subprotocol.ts'
import { anonymous } from '../../../gateway/session/principal.ts'
import { alice } from '../fakes.ts'

const authenticator: Authenticator = {
  name: 'test',
  claims: ({ kind }) => kind === 'bearer',
  authenticate: (credential) =>
    credential.kind === 'bearer' && credential.token === 'away'
      ? Promise.reject(new Error('keys unavailable'))
      : Promise.resolve(credential.kind === 'bearer' && credential.token === 'good' ? alice : undefined),
}

const deps: AdmitDeps = {
  originAllowed: createOriginRule(['https://good'], false),
  sources: [authorizationHeader, bearerSubprotocol],
  authenticators: [authenticator],
  closed: () => undefined,
  anonymous: undefined,
  mayConnect: () => true,
  rawPath: (path) => path === '/raw',
}

type Asked = { url?: string; protocol?: string; token?: string; origin?: string }

function ask({ url = '/', protocol, token, origin }: Asked, more: Partial<AdmitDeps> = {}) {
  const headers = {
    ...(protocol === undefined ? {} : { 'sec-websocket-protocol': protocol }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(origin === undefined ? {} : { origin }),
  }
  return admit({ ...deps, ...more }, { url, headers } as IncomingMessage)
}

const json = 'openclaw.v1.json'
const nobody = { mayConnect: () => false }
const full = { closed: () => ({ code: 'draining', retryAfterS: 1 }) as const }

for (const [what, asked, more, code, inBand] of [
  ['a path that is none', { url: 'http://x/', protocol: json, token: 'good' }, {}, 'bad-request', false],
  ['a path too long', { url: `/${'x'.repeat(1_024)}`, protocol: json }, {}, 'bad-request', false],
  ['no common subprotocol', { protocol: 'graphql-ws' }, {}, 'no-common-subprotocol', false],
  ['a bearer alone', { protocol: 'openclaw.bearer.good' }, {}, 'no-common-subprotocol', false],
  ['another origin', { protocol: json, origin: 'https://bad' }, {}, 'origin-not-allowed', true],
  ['the origin null', { url: '/raw', origin: 'null', token: 'good' }, {}, 'origin-not-allowed', false],
  ['a node that takes nobody', { protocol: json, token: 'good' }, full, 'draining', true],
  ['an unknown path, raw', { url: '/', token: 'good' }, {}, 'unknown-path', false],
  ['an unknown path, raw by name', { url: '/', protocol: 'openclaw.v1.raw' }, {}, 'unknown-path', false],
  ['raw without a credential', { url: '/raw' }, {}, 'unauthenticated', false],
  [
    'raw by name without a credential',
    { url: '/raw', protocol: 'openclaw.v1.raw' },
    {},
    'unauthenticated',
    true,
  ],
  ['a bad token', { protocol: json, token: 'bad' }, {}, 'unauthenticated', true],
  [
    'a bad token where strangers may come',
    { protocol: json, token: 'bad' },
    { anonymous },
    'unauthenticated',
    true,
  ],
  ['whom the policy does not let in', { protocol: json, token: 'good' }, nobody, 'forbidden', true],
  ['whom it does not let in, raw', { url: '/raw', token: 'good' }, nobody, 'forbidden', false],
  ['a stranger, too', { url: '/raw' }, { ...nobody, anonymous }, 'forbidden', false],
  ['a bad token before the policy', { protocol: json, token: 'bad' }, nobody, 'unauthenticated', true],
  ['a token that cannot be checked now', { protocol: json, token: 'away' }, {}, 'not-ready', true],
] as const) {
  test(`${what}: ${code}, ${inBand ? 'in band' : 'by HTTP'}`, async () => {
    const verdict = await ask(asked, more)
    assert.ok(!verdict.ok)
    assert.deepEqual([verdict.rejection.code, verdict.inBand !== undefined], [code, inBand])
  })
}

for (const [what, asked, more, admitted] of [
  [
    'a good token',
    { url: '/a?b=c', protocol: json, token: 'good' },
    {},
    { path: '/a', echo: json, principal: alice },
  ],
  ['no credential yet', { protocol: json }, {}, { path: '/', echo: json }],
  [
    'the first that is spoken here',
    { protocol: `mqtt, openclaw.v1.proto, ${json}` },
    {},
    { path: '/', echo: 'openclaw.v1.proto' },
  ],
  ['a good origin', { protocol: json, origin: 'https://good' }, {}, { path: '/', echo: json }],
  ['raw', { url: '/raw', token: 'good' }, {}, { path: '/raw', principal: alice }],
  ['raw, a stranger', { url: '/raw' }, { anonymous }, { path: '/raw', principal: anonymous }],
  [
    'raw, its token a subprotocol',
    { url: '/raw', protocol: 'openclaw.v1.raw, openclaw.bearer.good' },
    {},
    { path: '/raw', echo: 'openclaw.v1.raw', principal: alice },
  ],
] as const) {
  test(`${what}: admitted`, async () => {
    const verdict = await ask(asked, more)
    assert.ok(verdict.ok)
    const { codec: _, ...rest } = verdict.admitted
    assert.deepEqual(rest, admitted)
  })
}

test('the origin that was refused is told, for the line to add', async () => {
  const verdict = await ask({ protocol: json, origin: 'https://bad' })
  assert.equal(!verdict.ok && verdict.origin, 'https://bad')
})

test('what a token is worth does not matter to a node that takes nobody', async () => {
  let asked = 0
  const counting = {
    ...authenticator,
    authenticate: () => Promise.resolve(void asked++) as Promise<undefined>,
  }
  await ask({ protocol: json, token: 'good' }, { ...full, authenticators: [counting] })
  assert.equal(asked, 0)
})

test('the policy is asked with the path, and with what will be spoken there', async () => {
  const asked: unknown[] = []
  const mayConnect: AdmitDeps['mayConnect'] = ({ user }, to) => asked.push([user, to]) > 0
  await ask({ url: '/a?user=bob', protocol: `mqtt, ${json}`, token: 'good' }, { mayConnect })
  await ask({ url: '/raw', token: 'good' }, { mayConnect })
  await ask({ url: '/b', protocol: json }, { mayConnect })
  assert.deepEqual(asked, [
    ['alice', { path: '/a', subprotocol: json }],
    ['alice', { path: '/raw', subprotocol: 'openclaw.v1.raw' }],
  ])
})
