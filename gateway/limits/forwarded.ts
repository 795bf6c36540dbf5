// Who the client is when proxies stand between: read from the right, as far as proxies are trusted. Pure.
import { plainAddress } from './address.ts'

export type ForwardedHeader = 'x-forwarded-for' | 'forwarded'

/** Hops that are looked at; whoever writes more into the header is not followed any further. */
const mostHops = 32
/** A `for` of RFC 7239, quoted or not, anywhere in one element. */
const forParameter = /(?:^|;)\s*for\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/i

/** The nodes named by the header, the nearest last; what cannot be read is undefined. */
export function hopsOf(header: ForwardedHeader, value: string): readonly (string | undefined)[] {
  const elements = value.split(',').slice(-mostHops)
  if (header === 'x-forwarded-for') return elements.map(nodeAddress)
  return elements.map((element) => {
    const node = forParameter.exec(element)?.[1]
    return node === undefined ? undefined : nodeAddress(node.replace(/^\s*"(.*)"\s*$/, '$1'))
  })
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; undefined for names and `unknown`. */
function nodeAddress(text: string): string | undefined {
  const node = text.trim()
  const bracketed = /^\[([^\]]*)\](?::[\w.-]+)?$/.exec(node)?.[1]
  if (bracketed !== undefined) return plainAddress(bracketed)
  return plainAddress(node) ?? plainAddress(node.replace(/:[\w.-]+$/, ''))
}

/**
 * The right-most address that is not a trusted proxy's. `peer` is who the socket is from; only if it is trusted the header
 * is looked at. Where a hop cannot be read, or all are trusted, the last that could be read is the client.
 */
export function clientAddress(
  peer: string,
  value: string | undefined,
  header: ForwardedHeader,
  isTrusted: (address: string) => boolean,
): string {
  let client = plainAddress(peer) ?? peer
  if (value === undefined) return client
  const hops = hopsOf(header, value)
  for (let at = hops.length - 1; at >= 0 && isTrusted(client); at--) {
    const hop = hops[at]
    if (hop === undefined) return client
    client = hop
  }
  return client
}
