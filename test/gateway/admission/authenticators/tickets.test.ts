// Which tickets open the door: once, within their time and that of the credential behind them.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { createTicketAuthenticator } from '../../../../gateway/admission/authenticators/tickets.ts'
import { type IssueDeps, issueTicket } from '../../../../gateway/admission/issue-ticket.ts'
import { authorizationHeader } from '../../../../gateway/admission/sources/authorization-header.ts'
import { createMemoryRegistry } from '../../../../gateway/registry/memory.ts'
import { MemoryStore } from '../../../../gateway/registry/memory-store.ts'
import type { Principal } from '../../../../gateway/session/principal.ts'

const secret = 'a secret of the tests only'
const start = 1_000_000

function world(principal: Principal | undefined) {
  const state = { now: start }
  const store = new MemoryStore(() => state.now)
  const { tickets } = createMemoryRegistry({ leaseTtlMs: 1_000, slots: 1, store })
  const authenticator = {
    name: 'test',
    claims: ({ kind }: { kind: string }) => kind === 'bearer',
    authenticate: (credential: object) =>
      'token' in credential && credential.token === 'away'
        ? Promise.reject(new Error('away'))
        : Promise.resolve(principal),
  }
  const deps: IssueDeps = {
    admit: {
      originAllowed: (origin) => origin !== 'https://evil.example',
      sources: [authorizationHeader],
      authenticators: [authenticator],
      closed: () => undefined,
      anonymous: { tenant: '', claims: {} },
      mayConnect: () => false,
      rawPath: () => false,
    },
    tickets,
    secret,
    ttlMs: 30_000,
    now: () => state.now,
  }
  const ask = (
    headers: Record<string, string> = { authorization: 'Bearer good' },
    more: Partial<IssueDeps> = {},
  ) => issueTicket({ ...deps, ...more }, { url: '/tickets', headers } as unknown as IncomingMessage)
  const show = (ticket: string, use = true) =>
    createTicketAuthenticator({ tickets, secrets: [secret], use, now: () => state.now }).authenticate({
      kind: 'ticket',
      ticket,
    })
  const given = async () => {
    const issued = await ask()
    assert.ok(issued.ok)
    return issued
  }
  return { state, store, ask, show, given, deps }
}

const alice: Principal = { user: 'alice', tenant: 'acme', claims: { a: [1] }, shown: { token: 'jti' } }

test('a ticket is its principal, once', async () => {
  const { given, show } = world(alice)
  const { ticket, expiresAt } = await given()
  assert.equal(expiresAt, start + 30_000)
  assert.deepEqual(await show(ticket), alice)
  assert.equal(await show(ticket), undefined)
})

test('of many who show one at the same time one comes in', async () => {
  const { given, show } = world(alice)
  const { ticket } = await given()
  const all = await Promise.all(Array.from({ length: 50 }, () => show(ticket)))
  assert.equal(all.filter((each) => each !== undefined).length, 1)
})

test('a question that opens nothing leaves it as good as it was', async () => {
  const { given, show } = world(alice)
  const { ticket } = await given()
  assert.deepEqual(await show(ticket, false), alice)
  assert.deepEqual(await show(ticket, false), alice)
  assert.deepEqual(await show(ticket), alice)
  assert.equal(await show(ticket, false), undefined)
})

test('it ends with its own time, and with the credential it was given for', async () => {
  const one = world(alice)
  const { ticket } = await one.given()
  one.state.now += 30_000
  assert.equal(await one.show(ticket), undefined)

  const two = world({ ...alice, expiresAt: start + 1_000 })
  const short = await two.given()
  assert.equal(short.expiresAt, start + 1_000)
  two.state.now += 1_000
  assert.equal(await two.show(short.ticket), undefined)
  assert.deepEqual(await two.ask(), { ok: false, rejection: { code: 'unauthenticated' } })
})

test('what is no ticket, and one that this store never gave, are not good', async () => {
  const { show } = world(alice)
  for (const none of ['', 'x', 'a'.repeat(43), '../../x']) assert.equal(await show(none), undefined)
})

test('one that somebody else put into the store is not good', async () => {
  const { given, show, deps } = world(alice)
  const { ticket } = await given()
  const forged = world({ ...alice, user: 'root' })
  const theirs = await forged.ask(undefined, { tickets: deps.tickets, secret: 'a secret of somebody else' })
  assert.ok(theirs.ok)
  assert.equal(await show(theirs.ticket), undefined)
  assert.deepEqual(await show(ticket), alice)
})

test('without the store nothing is known, and nothing is given', async () => {
  const { given, show, store, ask } = world(alice)
  const { ticket } = await given()
  store.available = false
  await assert.rejects(show(ticket))
  assert.deepEqual(await ask(), { ok: false, rejection: { code: 'not-ready', retryAfterS: 1 } })
})

test('who shows no credential, a bad one, or comes from elsewhere gets none, also where strangers may come', async () => {
  const { ask } = world(alice)
  const code = async (headers: Record<string, string>, more: Partial<IssueDeps> = {}) => {
    const issued = await ask(headers, more)
    return issued.ok ? 'given' : issued.rejection.code
  }
  const good = { authorization: 'Bearer good' }
  assert.equal(await code(good), 'given')
  assert.equal(await code({}), 'unauthenticated')
  assert.equal(await code({ 'sec-websocket-protocol': 'openclaw.v1.json' }), 'unauthenticated')
  assert.equal(await code({ authorization: 'Basic x' }), 'unauthenticated')
  assert.equal(await code({ authorization: 'Bearer away' }), 'not-ready')
  assert.equal(await code({ ...good, origin: 'https://evil.example' }), 'origin-not-allowed')
  const nobody = world(undefined)
  assert.deepEqual(await nobody.ask(good), { ok: false, rejection: { code: 'unauthenticated' } })
})

test('claims too large to be kept are refused, and never half kept', async () => {
  const { ask } = world({ ...alice, claims: { a: 'x'.repeat(70_000) } })
  assert.deepEqual(await ask(), { ok: false, rejection: { code: 'forbidden' } })
})
