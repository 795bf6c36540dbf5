// Whether a browser's page may open connections here. Pure.

export type OriginRule = (origin: string | undefined) => boolean

const loopback = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/

/**
 * An exact allowlist; `null` and everything else is refused. A handshake without an Origin is no browser's and is let
 * through. In development pages from this machine may come too.
 */
export function createOriginRule(allowed: readonly string[], development: boolean): OriginRule {
  const exact = new Set(allowed)
  return (origin) => origin === undefined || exact.has(origin) || (development && loopback.test(origin))
}
