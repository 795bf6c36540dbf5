// Addresses and ranges of them as people write them: `10.0.0.0/8`, `::1`, `192.0.2.7`.
import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

type Range = { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' }

function toRange(text: string): Range | undefined {
  const [address = '', prefix, ...more] = text.trim().split('/')
  const version = isIP(address)
  const bits = version === 4 ? 32 : 128
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : bits + 1
  // A zone names an interface of this machine alone.
  if (version === 0 || more.length > 0 || length > bits || address.includes('%')) return undefined
  return { address, prefix: length, family: version === 4 ? 'ipv4' : 'ipv6' }
}

export const cidr = z
  .string()
  .refine(
    (text) => toRange(text) !== undefined,
    'expected an address or a range such as 10.0.0.0/8 or fd00::/8',
  )

/** A list of ranges that was checked, to ask whether an address is in one of them. */
export function toBlockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of ranges) {
    const range = toRange(text)
    if (range !== undefined) list.addSubnet(range.address, range.prefix, range.family)
  }
  return list
}
