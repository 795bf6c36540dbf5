// Who a connection is: an authenticated identity, or an anonymous one where that is allowed.

/**
 * What of a credential can be named to revoke it: the id of a token, the id of a key and the hash of that one of its secrets
 * that was shown, when it was issued in ms since the epoch.
 */
export type Shown = {
  readonly token?: string
  readonly key?: string
  readonly keySecret?: string
  readonly issuedAt?: number
}

/** `user` is absent for an anonymous principal. Times are milliseconds since the epoch. */
export type Principal = {
  readonly tenant: string
  readonly user?: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly expiresAt?: number
  readonly shown?: Shown
}

export const anonymous: Principal = { tenant: '', claims: {} }

/** Two credentials of the same principal may follow each other on one session. */
export const samePrincipal = (a: Principal, b: Principal): boolean =>
  a.tenant === b.tenant && a.user === b.user
