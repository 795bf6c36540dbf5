// A credential and where it came from. One file for each place to look in, and one for each way to check what was found.
import type { IncomingMessage } from 'node:http'
import type { Offers } from '../protocol/subprotocols.ts'
import type { Principal } from '../session/principal.ts'

/** `names` are the alternative names, each with its kind before a colon. Times are ms since the epoch. */
export type PeerCertificate = {
  /** Fields that the subject has once. */
  readonly subject: Readonly<Record<string, string>>
  readonly names: readonly string[]
  readonly validFrom: number
  readonly validTo: number
}

/** What a client showed. `unreadable`: it meant to show one and did not manage. */
export type Credential =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'api-key'; readonly key: string }
  | { readonly kind: 'ticket'; readonly ticket: string }
  /** A client certificate that the listener has checked against its authorities. */
  | {
      readonly kind: 'certificate'
      readonly certificate: PeerCertificate
    }
  | { readonly kind: 'unreadable' }

/** Looks for a credential in one place of a handshake. */
export type CredentialSource = (request: IncomingMessage, offers: Offers) => Credential | undefined

/** One way to check credentials. */
export type Authenticator = {
  readonly name: string
  /** Whether this credential is one of its kind; the first authenticator that says so decides. */
  claims(credential: Credential): boolean
  /** Undefined: not valid. Rejects when that cannot be known now. */
  authenticate(credential: Credential): Promise<Principal | undefined>
}

/** Asks the authenticators in order; a credential that none claims is not valid. */
export async function authenticate(
  authenticators: readonly Authenticator[],
  credential: Credential,
): Promise<Principal | undefined> {
  return authenticators.find((authenticator) => authenticator.claims(credential))?.authenticate(credential)
}

/** The first credential found, in the order of `sources`. */
export function findCredential(
  sources: readonly CredentialSource[],
  request: IncomingMessage,
  offers: Offers,
): Credential | undefined {
  for (const source of sources) {
    const found = source(request, offers)
    if (found !== undefined) return found
  }
  return undefined
}
