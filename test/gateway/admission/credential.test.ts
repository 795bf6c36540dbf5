// Where credentials are found, in which order, and who checks them.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { type Authenticator, authenticate, findCredential } from '../../../gateway/admission/credential.ts'
import { authorizationHeader } from '../../../gateway/admission/sources/authorization-header.ts'
import { bearerSubprotocol } from '../../../gateway/admission/sources/bearer-subprotocol.ts'
import { splitOffers } from '../../../gateway/protocol/subprotocols.ts'
import { alice } from '../fakes.ts'

const find = (authorization?: string, protocols?: string) =>
  findCredential(
    [authorizationHeader, bearerSubprotocol],
    { headers: authorization === undefined ? {} : { authorization } } as IncomingMessage,
    splitOffers(protocols),
  )

for (const [what, header, protocols, found] of [
  ['nothing', undefined, 'openclaw.v1.json', undefined],
  ['a bearer', 'Bearer a.b-c_d~e+f/g=', undefined, 'a.b-c_d~e+f/g='],
  ['a bearer in any case', 'bEARER   abc', undefined, 'abc'],
  ['another scheme', 'Basic YTpi', undefined, 'unreadable'],
  ['an empty header', '', undefined, 'unreadable'],
  ['a bearer of nothing', 'Bearer ', undefined, 'unreadable'],
  ['two tokens', 'Bearer a b', undefined, 'unreadable'],
  ['a subprotocol', undefined, 'openclaw.v1.json, openclaw.bearer.abc', 'abc'],
  ['a subprotocol in base64', undefined, 'openclaw.bearer64.YS9iPQ, openclaw.v1.json', 'a/b='],
  ['two subprotocols', undefined, 'openclaw.bearer.a, openclaw.bearer.b', 'unreadable'],
  ['both: the header', 'Bearer abc', 'openclaw.bearer.def', 'abc'],
  ['both, the header unreadable: no other is tried', 'Basic x', 'openclaw.bearer.def', 'unreadable'],
] as const) {
  test(`${what}: ${found ?? 'none'}`, () => {
    const credential = find(header, protocols)
    assert.equal(credential?.kind === 'bearer' ? credential.token : credential?.kind, found)
  })
}

test('the first authenticator that claims a credential decides', async () => {
  const named = (name: string, kind: string, user?: string): Authenticator => ({
    name,
    claims: (credential) => credential.kind === kind,
    authenticate: () => Promise.resolve(user === undefined ? undefined : { ...alice, user }),
  })
  const all = [
    named('none', 'ticket', 'x'),
    named('first', 'bearer', undefined),
    named('second', 'bearer', 'y'),
  ]
  assert.equal(await authenticate(all, { kind: 'bearer', token: 't' }), undefined)
  assert.equal((await authenticate(all.toReversed(), { kind: 'bearer', token: 't' }))?.user, 'y')
  assert.equal(await authenticate(all, { kind: 'unreadable' }), undefined)
})
