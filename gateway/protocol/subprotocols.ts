// Which subprotocols are spoken here, and what a client's Sec-WebSocket-Protocol offers: real ones, or a credential.
import type { Codec } from './frames.ts'
import { jsonCodec } from './json.ts'
import { msgpackCodec } from './msgpack.ts'
import { protoCodec } from './proto.ts'

/** The subprotocol without an envelope, by name; a connection that offers nothing speaks it too. */
export const rawSubprotocol = 'openclaw.v1.raw'

const codecs: readonly Codec[] = [jsonCodec, protoCodec, msgpackCodec]

/** Every subprotocol spoken here; routes may add names of their own for raw. */
export const subprotocols: readonly string[] = [
  ...codecs.map(({ subprotocol }) => subprotocol),
  rawSubprotocol,
]

/** The codec of an enveloped subprotocol; undefined: raw. */
export const codecFor = (subprotocol: string | undefined): Codec | undefined =>
  codecs.find((codec) => codec.subprotocol === subprotocol)

/** A token offered as a subprotocol; 'unreadable' where there are several, or it is not visible ASCII. */
export type OfferedBearer = { readonly token: string } | 'unreadable'

/** What a client offered: real subprotocols in its order, and the credential beside them. */
export type Offers = { readonly names: readonly string[]; readonly bearer?: OfferedBearer }

const plainPrefix = 'openclaw.bearer.'
const base64Prefix = 'openclaw.bearer64.'
const visibleAscii = /^[!-~]+$/
const base64url = /^[A-Za-z0-9_-]+$/

const readBearer = (offer: string): OfferedBearer => {
  const encoded = offer.startsWith(base64Prefix)
  const given = offer.slice(encoded ? base64Prefix.length : plainPrefix.length)
  if (encoded && !base64url.test(given)) return 'unreadable'
  const token = encoded ? Buffer.from(given, 'base64url').toString('latin1') : given
  return visibleAscii.test(token) ? { token } : 'unreadable'
}

/** Splits the value of Sec-WebSocket-Protocol; undefined: the client sent none. */
export const splitOffers = (header: string | undefined): Offers => {
  const offered = (header ?? '')
    .split(',')
    .map((offer) => offer.trim())
    .filter((offer) => offer !== '')
  const isBearer = (offer: string) => offer.startsWith(plainPrefix) || offer.startsWith(base64Prefix)
  const names = offered.filter((offer) => !isBearer(offer))
  const [bearer, second] = offered.filter(isBearer)
  if (bearer === undefined) return { names }
  return { names, bearer: second === undefined ? readBearer(bearer) : 'unreadable' }
}

/** The subprotocol of a connection: one to speak and echo, raw without an echo, or no common one (HTTP 400). */
export type Choice =
  | { readonly kind: 'named'; readonly name: string; readonly codec: Codec | undefined }
  | { readonly kind: 'raw' }
  | { readonly kind: 'none-common' }

/**
 * Picks the first that is spoken here, in the client's order. `routeNames` are those that routes match on; they are raw.
 * A bearer alone is no subprotocol to speak: a browser would fail the connection for want of an echo.
 */
export const chooseSubprotocol = (offers: Offers, routeNames: readonly string[] = []): Choice => {
  if (offers.names.length === 0) return { kind: offers.bearer === undefined ? 'raw' : 'none-common' }
  const name = offers.names.find((offer) => subprotocols.includes(offer) || routeNames.includes(offer))
  return name === undefined ? { kind: 'none-common' } : { kind: 'named', name, codec: codecFor(name) }
}

/**
 * Whether a rejection can be told by completing the upgrade and closing with a code, which a browser can see: the client
 * asked for one of our own subprotocols, so it knows our close codes.
 */
export const canRejectInBand = (choice: Choice): boolean =>
  choice.kind === 'named' && subprotocols.includes(choice.name)
