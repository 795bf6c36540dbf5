// Addresses as limits count them: one way of writing for each, and an IPv6 network for each of its addresses. Pure.
import { isIP } from 'node:net'

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** The address itself: an IPv4 address in IPv6 clothes is undressed, a zone dropped; undefined for what is none. */
export function plainAddress(text: string): string | undefined {
  const bare = text.split('%', 1)[0] ?? ''
  const v4 = mapped.exec(bare)?.[1]
  if (v4 !== undefined && isIP(v4) === 4) return v4
  return isIP(bare) === 0 ? undefined : bare.toLowerCase()
}

/** What is counted as one client: an IPv4 address, or the /64 that an IPv6 address is in, as whoever has one has all of it. */
export function countedAddress(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.toLowerCase().split('::', 2)
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  // A dotted end stands for two groups.
  const written = groups.length + after.length + (/\./.test(address) ? 1 : 0)
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - written }, () => '0')
  const first = [...groups, ...zeros, ...after].slice(0, 4)
  return `${first.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
