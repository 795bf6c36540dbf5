// Whether this principal may use this route now. Pure.
import { type Refusal, refuse } from '../errors.ts'
import type { Principal } from '../session/principal.ts'
import type { Route } from './routes.ts'

/** `now` in milliseconds since the epoch. Asked for each frame, so that an expired credential does nothing more. */
export const expired = ({ expiresAt }: Principal, now: number): Refusal | undefined =>
  expiresAt !== undefined && expiresAt <= now
    ? refuse('token-expired', 'the credential of this connection has expired')
    : undefined

/** `type` as the frame gives it. */
export function authorize(
  route: Route,
  principal: Principal,
  now: number,
  type?: string,
): Refusal | undefined {
  const over = expired(principal, now)
  if (over !== undefined) return over
  if (principal.user === undefined && !route.anonymous) {
    return refuse('forbidden', `route "${route.name}" takes no anonymous principals`)
  }
  return route.allows(principal, { type: type ?? '' })
    ? undefined
    : refuse('forbidden', `route "${route.name}" does not take this from you`)
}
