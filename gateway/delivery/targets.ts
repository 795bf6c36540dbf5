// Reads what a record is addressed to: `session:…`, `user:…`, `channel:…`, `everyone`. Pure.
import { sessionPattern } from '../session/identity.ts'

export type Target =
  | { readonly kind: 'session'; readonly session: string }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'channel'; readonly channel: string }
  | { readonly kind: 'everyone' }

const maxNameBytes = 256

// A comma separates targets, so in a name it is written %2C, and % itself %25.
const unescape = (name: string): string =>
  name.replace(/%(2c|25)/gi, (_, code: string) => (code === '25' ? '%' : ','))
const escape = (name: string): string =>
  name.replace(/[%,]/g, (character) => (character === '%' ? '%25' : '%2C'))

/** One target; undefined if this is none. */
export function parseTarget(text: string): Target | undefined {
  if (text === 'everyone') return { kind: 'everyone' }
  const colon = text.indexOf(':')
  const name = unescape(text.slice(colon + 1))
  if (colon < 0 || name === '' || Buffer.byteLength(name) > maxNameBytes) return undefined
  switch (text.slice(0, colon)) {
    case 'session':
      return sessionPattern.test(name) ? { kind: 'session', session: name } : undefined
    case 'user':
      return { kind: 'user', user: name }
    case 'channel':
      return { kind: 'channel', channel: name }
    default:
      return undefined
  }
}

/** A comma-separated list; repeats count once. Undefined if any part is no target or there are more than `most`. */
export function parseTargets(text: string, most: number): readonly Target[] | undefined {
  const parts = text.split(',', most + 1)
  if (parts.length > most) return undefined
  const targets = new Map<string, Target>()
  for (const part of parts) {
    const target = parseTarget(part.trim())
    if (target === undefined) return undefined
    targets.set(formatTarget(target), target)
  }
  return [...targets.values()]
}

export function formatTarget(target: Target): string {
  switch (target.kind) {
    case 'session':
      return `session:${target.session}`
    case 'user':
      return `user:${escape(target.user)}`
    case 'channel':
      return `channel:${escape(target.channel)}`
    case 'everyone':
      return 'everyone'
  }
}
