// Settings of permessage-deflate: whether it is offered, for which messages, and to how many connections.
import { z } from 'zod'
import { size } from './units.ts'

const count = z.number().int().min(1)

export const compression = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'permessage-deflate for clients that offer it. A JSON message of 1 KiB shrinks to about a third for about 15 µs of this node, once for all who share it; each client pays for unpacking it',
    ),
  threshold: size.default(1_024).describe('bytes of a message from which on it is sent compressed'),
  level: count
    .max(9)
    .default(1)
    .describe('of zlib: 1 is the fastest; 6 takes about half as long again for a few bytes in a hundred'),
  connections: count
    .default(5_000)
    .describe(
      'connections of this node that have it at a time, others go without; each that sends compressed messages takes 25 to 60 KiB',
    ),
})
