// Whether this principal may use this route now. Pure.
import { type Refusal, refuse } from '../errors.ts'
import type { Principal } from '../session/principal.ts'
import type { Route } from './routes.ts'

/** `now` in milliseconds since the epoch. Asked for each frame, so that an expired credential does nothing more. */
export function authorize(route: Route, principal: Principal, now: number): Refusal | undefined {
  if (principal.expiresAt !== undefined && principal.expiresAt <= now) {
    return refuse('token-expired', 'the credential of this connection has expired')
  }
  if (!route.allow) return refuse('forbidden', `route "${route.name}" takes nobody`)
  if (principal.user === undefined && !route.anonymous) {
    return refuse('forbidden', `route "${route.name}" takes no anonymous principals`)
  }
  return undefined
}
