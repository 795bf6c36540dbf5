// Settings of the two listeners: for clients and for operators.
import { z } from 'zod'
import { cidr } from './cidr.ts'
import { listenerTls } from './tls-settings.ts'
import { duration, size } from './units.ts'

const port = z.number().int().min(0).max(65_535)

const count = z.number().int().min(1)

export const listen = z.strictObject({
  host: z.string().default('0.0.0.0').describe('address for clients'),
  port: port.default(8080).describe('port for clients; 0: any free one'),
  maxConnections: count.default(15_000).describe('sockets of this node, authenticated or not'),
  maxUnauthenticated: count
    .default(1_000)
    .describe(
      'sockets not yet authenticated, and as many without a handshake; beyond that the slowest give way',
    ),
  handshakeTimeout: duration.default(10_000).describe('for the request headers to arrive'),
  maxHeaderSize: size.default(16_384).describe('bytes of request headers'),
  trustedProxies: z
    .array(cidr)
    .default([])
    .describe(
      'addresses and ranges of the proxies in front of this node; nobody else is believed who a client is',
    ),
  forwardedHeader: z
    .enum(['x-forwarded-for', 'forwarded'])
    .default('x-forwarded-for')
    .describe('the header in which trusted proxies say who the client is; they must set or remove it'),
  proxyProtocol: z
    .boolean()
    .default(false)
    .describe('each connection begins with a PROXY protocol header, version 1 or 2; others are dropped'),
  tls: listenerTls.optional(),
})

export const admin = z.strictObject({
  host: z.string().default('127.0.0.1').describe('address for /livez, /readyz and /metrics'),
  port: port.default(9091).describe('port for operators; 0: any free one'),
  token: z
    .string()
    .min(16, 'a token has at least 16 characters')
    .regex(/^[\x21-\x7e]*$/, 'a token is of printable ASCII without spaces')
    .optional()
    .meta({ secret: true })
    .describe('`Authorization: Bearer` of operators; needed where host is not loopback'),
  tls: listenerTls.optional(),
})
