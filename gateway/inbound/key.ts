// The Kafka key of a frame: what keeps its order. Pure.
import { type Refusal, refuse } from '../errors.ts'
import type { Taken } from '../payloads/payload-rule.ts'
import type { Session } from '../session/session.ts'
import type { Route } from './routes.ts'

const missing = (route: Route): Refusal =>
  refuse('invalid-payload', `route "${route.name}" takes its key from ${route.key}`, {
    violations: [
      {
        field: route.key,
        rule: 'key',
        message: 'must be a string, a number or a boolean of at most 512 bytes',
      },
    ],
  })

/**
 * The client's own key where it gave one, else what the route says: user (session if anonymous), session, payload field.
 * `taken` is the payload as its message, where it had to be one.
 */
export function keyOf(
  route: Route,
  session: Session,
  given: string | undefined,
  payload: Buffer,
  taken?: Pick<Taken, 'key'>,
): { key: string } | Refusal {
  if (given !== undefined) return { key: given }
  if (route.key === 'user') return { key: session.principal.user ?? session.id }
  if (route.key === 'session') return { key: session.id }
  const value = taken === undefined ? fieldOf(payload, route.key.split('.').slice(1)) : taken.key
  if (value === undefined || Buffer.byteLength(value) > 512) return missing(route)
  return { key: value }
}

type Source = { readonly source?: string }

/** Every number as the text it was written as. */
const asWritten = (_name: string, value: unknown, { source }: Source = {}): unknown =>
  typeof value === 'number' ? source : value

function fieldOf(payload: Buffer, names: readonly string[]): string | undefined {
  const text = payload.toString()
  try {
    const value = at(JSON.parse(text), names)
    if (typeof value === 'string' || typeof value === 'boolean') return String(value)
    if (typeof value !== 'number') return undefined
    // What JSON.parse would round stays as it is written: two ids must not become one key.
    return Number.isSafeInteger(value) ? String(value) : String(at(JSON.parse(text, asWritten), names))
  } catch {
    return undefined
  }
}

function at(parsed: unknown, names: readonly string[]): unknown {
  let value = parsed
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
