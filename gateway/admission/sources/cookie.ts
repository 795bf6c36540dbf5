// Finds a token in a cookie, which browsers send from whatever page: it counts only on requests of pages that are trusted.
import type { CredentialSource } from '../credential.ts'

/** `origins` is exact. A request without an Origin, or of another one, has no credential here. */
export function cookieSource(name: string, origins: readonly string[]): CredentialSource {
  const trusted = new Set(origins)
  return ({ headers: { origin, cookie } }) => {
    if (cookie === undefined || origin === undefined || !trusted.has(origin)) return undefined
    const [value, second] = cookie
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${name}=`))
      .map((pair) => pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1'))
    if (value === undefined) return undefined
    // Of two with one name nobody knows which is ours: another host of the domain can have set the other.
    return value === '' || second !== undefined ? { kind: 'unreadable' } : { kind: 'bearer', token: value }
  }
}
