// Settings of permessage-deflate: whether it is offered, for which messages, and to how many connections.
import { z } from 'zod'
import { size } from './units.ts'

const count = z.number().int().min(1)

export const compression = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'permessage-deflate for clients that offer it: 1 KiB of JSON shrinks to 0.4 of it for about 17 µs, once for all who share the message (load/README.md)',
    ),
  threshold: size.default(1_024).describe('bytes of a message from which on it is sent compressed'),
  level: count
    .max(9)
    .default(1)
    .describe('of zlib: 1 is the fastest; 6 takes up to three times as long for a tenth fewer bytes'),
  connections: count
    .default(5_000)
    .describe(
      'connections of this node that have it at a time, others go without; each that sends compressed messages takes 10 to 40 KiB',
    ),
})
