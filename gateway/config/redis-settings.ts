// Settings of the way to the registry.
import { z } from 'zod'
import { duration } from './units.ts'

export const redis = z.strictObject({
  url: z
    .string()
    .regex(/^rediss?:\/\//, 'redis://… or rediss://…')
    .default('redis://127.0.0.1:16379')
    .describe('where the registry is; may hold user and password'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9:._-]{1,64}$/, 'a prefix is 1 to 64 of the characters A-Z a-z 0-9 : . _ -')
    .default('openclaw')
    .describe('begins every key'),
  commandTimeout: duration.default(1_000).describe('for one answer of Redis'),
})
