// Tickets for tests: asked for with a credential, and looked at without using them up.
import assert from 'node:assert/strict'

/** The origin that pages may come from in tests of tickets. */
export const page = 'https://app.example.com'
export const overrides = {
  origins: [page],
  auth: { apiKeys: { enabled: true }, cookie: { name: 'session' } },
}

export const post = (port: number, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}/tickets`, { method: 'POST', headers, ...init })

export const given = async (port: number, headers: Record<string, string>): Promise<string> => {
  const response = await post(port, headers)
  const body = (await response.json()) as { ticket: string; expiresAt: string }
  assert.equal(response.status, 201)
  const left = Date.parse(body.expiresAt) - Date.now()
  assert.ok(left > 0 && left <= 60_000, body.expiresAt)
  return body.ticket
}

export const explained = async (port: number, ticket: string) =>
  (await fetch(`http://127.0.0.1:${port}/echo?ticket=${ticket}`)).status
