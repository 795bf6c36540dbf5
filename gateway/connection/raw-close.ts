// How a raw connection, which has no frame to say it in, learns that one of its messages was refused. Pure.
import type { CloseName, Refusal } from '../errors.ts'

/** How a raw connection ends when one of its messages is refused. */
export function rawClose(refusal: Refusal): CloseName {
  switch (refusal.code) {
    case 'too-large':
      return 'frame-too-large'
    case 'forbidden':
    case 'unknown-route':
    case 'unknown-channel':
      return 'forbidden'
    case 'token-expired':
      return 'unauthenticated'
    case 'rate-limited':
    case 'too-many-inflight':
      return 'rate-limited'
    case 'broker-unavailable':
    case 'outcome-unknown':
    case 'route-unavailable':
      return 'overloaded'
    case 'internal':
      return 'internal'
    case 'invalid-frame':
    case 'invalid-payload':
    case 'timeout':
    case 'deadline-passed':
      return 'malformed'
  }
}
