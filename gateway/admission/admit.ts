// Decides on one handshake: is there room, may this origin come, what will be spoken, where to, and who is it.
import type { IncomingMessage } from 'node:http'
import type { Rejection } from '../errors.ts'
import type { Codec } from '../protocol/frames.ts'
import { canRejectInBand, chooseSubprotocol, rawSubprotocol, splitOffers } from '../protocol/subprotocols.ts'
import type { Principal } from '../session/principal.ts'
import { type Authenticator, authenticate, type CredentialSource, findCredential } from './credential.ts'
import type { OriginRule } from './origin.ts'

/** What a connection will speak. `echo` is the subprotocol to name in the 101. */
export type Admitted = {
  readonly path: string
  /** Undefined: raw. */
  readonly codec?: Codec
  readonly echo?: string
  /** Undefined: to be told in `hello`. */
  readonly principal?: Principal
}

/** `inBand`: what can be told by a close code after the upgrade, to a client of an enveloped subprotocol. */
export type Verdict =
  | { readonly ok: true; readonly admitted: Admitted }
  | {
      readonly ok: false
      readonly rejection: Rejection
      readonly inBand?: Admitted
      readonly origin?: string
    }

/** Whether the policy lets this principal connect at all. */
export type MayConnect = (
  principal: Principal,
  to: { readonly path: string; readonly subprotocol: string },
) => boolean

export type AdmitDeps = {
  readonly originAllowed: OriginRule
  readonly sources: readonly CredentialSource[]
  readonly authenticators: readonly Authenticator[]
  /** Why no handshake is taken now, if so. */
  readonly closed: () => Rejection | undefined
  readonly anonymous: Principal | undefined
  readonly mayConnect: MayConnect
  /** Why this address may not come now, by what it did before; absent, or undefined at once: nothing limits it. */
  readonly addressLimited?:
    | ((request: IncomingMessage) => Promise<Rejection | undefined> | undefined)
    | undefined
  /** The same of whoever it is; the connection counts until the request's socket ends. */
  readonly principalLimited?:
    | ((principal: Principal, request: IncomingMessage) => Promise<Rejection | undefined> | undefined)
    | undefined
  /** Whether a raw connection on this path has a route. */
  readonly rawPath: (path: string) => boolean
}

const retryAfterS = 1

/** The same for an upgrade and for the plain GET that asks what an upgrade would say. */
export async function admit(deps: AdmitDeps, request: IncomingMessage): Promise<Verdict> {
  const path = pathOf(request)
  const offers = splitOffers(request.headers['sec-websocket-protocol'])
  const choice = chooseSubprotocol(offers, [])
  if (path === undefined) return { ok: false, rejection: { code: 'bad-request' } }
  if (choice.kind === 'none-common') return { ok: false, rejection: { code: 'no-common-subprotocol' } }
  const codec = choice.kind === 'named' ? choice.codec : undefined
  const spoken: Admitted = {
    path,
    ...(codec === undefined ? {} : { codec }),
    ...(choice.kind === 'named' ? { echo: choice.name } : {}),
  }
  const no = (rejection: Rejection, origin?: string): Verdict => ({
    ok: false,
    rejection,
    ...(canRejectInBand(choice) ? { inBand: spoken } : {}),
    ...(origin === undefined ? {} : { origin }),
  })
  const as = async (principal: Principal): Promise<Verdict> => {
    if (!deps.mayConnect(principal, { path, subprotocol: codec?.subprotocol ?? rawSubprotocol }))
      return no({ code: 'forbidden' })
    const limited = await deps.principalLimited?.(principal, request)
    return limited === undefined ? { ok: true, admitted: { ...spoken, principal } } : no(limited)
  }
  const { origin } = request.headers
  if (!deps.originAllowed(origin)) return no({ code: 'origin-not-allowed' }, origin ?? '')
  const closed = deps.closed()
  if (closed !== undefined) return no(closed)
  const limited = await deps.addressLimited?.(request)
  if (limited !== undefined) return no(limited)
  if (codec === undefined && !deps.rawPath(path)) return { ok: false, rejection: { code: 'unknown-path' } }
  const credential = findCredential(deps.sources, request, offers)
  if (credential === undefined) {
    // An enveloped client may still show one in hello; a raw one has nowhere else to.
    if (codec !== undefined) return { ok: true, admitted: spoken }
    return deps.anonymous === undefined ? no({ code: 'unauthenticated' }) : as(deps.anonymous)
  }
  const principal = await authenticate(deps.authenticators, credential).catch(() => 'unknown' as const)
  if (principal === 'unknown') return no({ code: 'not-ready', retryAfterS })
  if (principal === undefined) return no({ code: 'unauthenticated' })
  return as(principal)
}

/** The path without its query; undefined for what is no path. */
function pathOf(request: IncomingMessage): string | undefined {
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  return path.startsWith('/') && path.length <= 1024 ? path : undefined
}
