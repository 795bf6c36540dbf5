// Resume tokens: what a client shows to get its session back, signed so that no one can make one. Never enough alone.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Principal } from './principal.ts'

export type ResumeClaims = {
  readonly session: string
  /** The session's first generation. */
  readonly birth: number
  readonly tenant: string
  readonly user?: string
}

const sign = (body: string, secret: string): Buffer =>
  createHmac('sha256', secret).update(`resume.${body}`).digest()

/** Signs with the current secret. The token names its principal, so that another's credential cannot use it. */
export function issueResumeToken(
  { session, birth }: Pick<ResumeClaims, 'session' | 'birth'>,
  principal: Principal,
  secret: string,
): string {
  const claims = [session, birth, principal.tenant, principal.user ?? null]
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${body}.${sign(body, secret).toString('base64url')}`
}

/** Reads a token signed with any of `secrets`; undefined when it is not one of ours. */
export function readResumeToken(token: string, secrets: readonly string[]): ResumeClaims | undefined {
  const [body, signature, ...rest] = token.split('.')
  if (!body || !signature || rest.length > 0 || token.length > 2048) return undefined
  const given = Buffer.from(signature, 'base64url')
  const valid = secrets.some((secret) => {
    const expected = sign(body, secret)
    return expected.length === given.length && timingSafeEqual(expected, given)
  })
  if (!valid) return undefined
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as unknown[]
  // One of an earlier version has another shape.
  if (claims.length !== 4) return undefined
  const [session, birth, tenant, user] = claims as [string, number, string, string | null]
  return { session, birth, tenant, ...(user === null ? {} : { user }) }
}
