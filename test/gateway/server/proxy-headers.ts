// PROXY protocol headers of version 2, as a proxy writes them.

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** For an IPv4 address, or an IPv6 one written with all eight groups; `extras` bytes follow the addresses. */
export function headerV2(address: string, extras = 0): Buffer {
  const isSix = address.includes(':')
  const source = isSix
    ? Buffer.concat(address.split(':').map((group) => Buffer.from(group.padStart(4, '0'), 'hex')))
    : Buffer.from(address.split('.').map(Number))
  const body = Buffer.concat([
    source,
    Buffer.alloc(source.length, 1),
    Buffer.from([0, 1, 0, 2]),
    Buffer.alloc(extras),
  ])
  const head = Buffer.from([0x21, isSix ? 0x21 : 0x11, body.length >> 8, body.length & 0xff])
  return Buffer.concat([signature, head, body])
}
