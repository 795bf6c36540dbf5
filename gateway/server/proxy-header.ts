// The header that a proxy puts before everything else to say who the client is: PROXY protocol, version 1 and 2. Pure.
import { isIP } from 'node:net'

export type ProxyHeader =
  /** So far it may become one. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' }
  /** `length` bytes long. No `address`: the proxy speaks for itself, as for a health check, or cannot say. */
  | { readonly kind: 'header'; readonly length: number; readonly address?: string }

/** Bytes that a header has at most: in version 2 much more than addresses and the usual extras need. */
export const longestHeader = 16 + 2_048
/** With the line end. */
const longestLine = 107

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const malformed: ProxyHeader = { kind: 'malformed' }
const incomplete: ProxyHeader = { kind: 'incomplete' }

/** `bytes`: all that came so far. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const compared = Math.min(bytes.length, signature.length)
  if (compared === 0) return incomplete
  if (bytes.subarray(0, compared).equals(signature.subarray(0, compared)))
    return bytes.length < 16 ? incomplete : readBinary(bytes)
  return readLine(bytes)
}

function readLine(bytes: Buffer): ProxyHeader {
  const line = bytes.toString('latin1', 0, Math.min(bytes.length, longestLine))
  const start = 'PROXY '
  if (!line.startsWith(start.slice(0, line.length))) return malformed
  const end = line.indexOf('\r\n')
  if (end < 0) return bytes.length >= longestLine ? malformed : incomplete
  const [, family, source = '', destination = '', ...ports] = line.slice(0, end).split(' ')
  const length = end + 2
  if (family === 'UNKNOWN') return { kind: 'header', length }
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : -1
  const fits = isIP(source) === version && isIP(destination) === version && !source.includes('%')
  if (!fits || ports.length !== 2 || !ports.every(isPort)) return malformed
  return { kind: 'header', length, address: source }
}

const isPort = (text: string): boolean => /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535

function readBinary(bytes: Buffer): ProxyHeader {
  const [version, command] = [bytes.readUInt8(12) >> 4, bytes.readUInt8(12) & 0xf]
  const [family, length] = [bytes.readUInt8(13), 16 + bytes.readUInt16BE(14)]
  if (version !== 2 || command > 1 || length > longestHeader) return malformed
  if (bytes.length < length) return incomplete
  if (command === 0) return { kind: 'header', length }
  // TCP over IPv4 and over IPv6; all else a proxy may speak of is no client of ours.
  if (family === 0x11 && length >= 28)
    return { kind: 'header', length, address: bytes.subarray(16, 20).join('.') }
  if (family === 0x21 && length >= 52) return { kind: 'header', length, address: addressAt(bytes, 16) }
  return family === 0x00 ? { kind: 'header', length } : malformed
}

const addressAt = (bytes: Buffer, at: number): string =>
  Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(at + 2 * group).toString(16)).join(':')
