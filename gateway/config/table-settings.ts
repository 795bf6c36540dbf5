// How much of the topics that every node holds as a table may be held: keys and revocations.
import { z } from 'zod'
import { size } from './units.ts'

export const tables = z.strictObject({
  entries: z
    .number()
    .int()
    .min(1)
    .default(200_000)
    .describe('of keys or of revocations; where there are more nobody new is let in'),
  size: size.default(64 * 1024 ** 2).describe('bytes of keys or of revocations; the same'),
})
