// Where credentials are found in a handshake, and what is no credential although it looks like one.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import type { CredentialSource } from '../../../gateway/admission/credential.ts'
import { apiKeyHeader } from '../../../gateway/admission/sources/api-key-header.ts'
import { certificateSource } from '../../../gateway/admission/sources/certificate.ts'
import { cookieSource } from '../../../gateway/admission/sources/cookie.ts'
import { apiKeyQuery, ticketQuery } from '../../../gateway/admission/sources/query.ts'

const look = (source: CredentialSource, headers: Record<string, string | string[]>, url = '/') =>
  source({ url, headers } as unknown as IncomingMessage, { names: [] })

const unreadable = { kind: 'unreadable' }

test('X-API-Key is an API key as it stands', () => {
  assert.deepEqual(look(apiKeyHeader, { 'x-api-key': 'k' }), { kind: 'api-key', key: 'k' })
  assert.equal(look(apiKeyHeader, {}), undefined)
})

for (const [name, source, wanted] of [
  ['ticket', ticketQuery, (value: string) => ({ kind: 'ticket', ticket: value })],
  ['api_key', apiKeyQuery, (value: string) => ({ kind: 'api-key', key: value })],
] as const) {
  test(`?${name}= is found once among others, decoded; twice or empty it is nothing that counts`, () => {
    const at = (url: string) => look(source, {}, url)
    assert.deepEqual(at(`/a?x=1&${name}=a%2Db&y=2`), wanted('a-b'))
    assert.deepEqual(at(`/?${name}=a&${name}=a`), unreadable)
    assert.deepEqual(at(`/?${name}=`), unreadable)
    assert.deepEqual(at(`/?${name}`), unreadable)
    for (const none of ['/', '/?', `/${name}=a`, `/?x${name}=a`, `/?x=${name}`, `/#?x`])
      assert.equal(at(none), undefined)
  })
}

const page = 'https://app.example.com'
const cookie = cookieSource('__Host-token', [page])

test('the cookie counts on a request of a page that is trusted, and on no other', () => {
  const headers = { cookie: 'a=b; __Host-token=t; c=d' }
  assert.deepEqual(look(cookie, { ...headers, origin: page }), { kind: 'bearer', token: 't' })
  for (const origin of [
    'https://evil.example',
    'null',
    `${page}.evil.example`,
    `${page}:444`,
    'http://app.example.com',
    '',
  ])
    assert.equal(look(cookie, { ...headers, origin }), undefined, origin)
  assert.equal(look(cookie, headers), undefined)
})

test('of the cookies only the one with exactly that name is looked at', () => {
  const at = (text: string) => look(cookie, { cookie: text, origin: page })
  assert.deepEqual(at('__Host-token="t"'), { kind: 'bearer', token: 't' })
  for (const none of ['', 'a=b', '__host-token=t', 'x__Host-token=t', '__Host-token', 'a=__Host-token=t'])
    assert.equal(at(none), undefined, none)
})

test('two cookies with that name, or an empty one, are a credential that is not valid', () => {
  const at = (text: string) => look(cookie, { cookie: text, origin: page })
  assert.deepEqual(at('__Host-token=a; __Host-token=b'), unreadable)
  assert.deepEqual(at('__Host-token='), unreadable)
})

test('a certificate is handed on as it was checked, and none is none', () => {
  const certificate = { subject: { CN: 'a' }, names: [], validFrom: 0, validTo: 1 }
  const known = certificateSource(() => certificate)
  assert.deepEqual(look(known, {}), { kind: 'certificate', certificate })
  assert.equal(
    look(
      certificateSource(() => undefined),
      {},
    ),
    undefined,
  )
})
