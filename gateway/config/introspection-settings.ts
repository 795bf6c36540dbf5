// Settings of servers that are asked about opaque tokens (OAuth 2.0 Token Introspection, RFC 7662), and of issuers' keys.
import { z } from 'zod'
import { duration, pause, size } from './units.ts'

const count = z.number().int().min(1)

export const introspection = z.strictObject({
  url: z.string().min(1).describe('the introspection endpoint: https, or http on loopback'),
  clientId: z.string().min(1).describe('how the gateway names itself there (HTTP basic authentication)'),
  clientSecret: z
    .string()
    .min(1)
    .meta({ secret: true })
    .describe('its secret there; write it as ${env:NAME} or ${file:PATH}'),
  prefix: z
    .string()
    .min(1)
    .optional()
    .describe(
      'only tokens that begin so are shown to this server; one without it comes last and gets the rest',
    ),
  issuer: z.string().min(1).optional().describe('the `iss` that the answer must have; absent: any or none'),
  audience: z
    .string()
    .min(1)
    .optional()
    .describe('a value that `aud` of the answer must contain; absent: tokens for any audience are taken'),
  userClaim: z.string().min(1).default('sub').describe('the field of the answer that names the user'),
  tenantClaim: z
    .string()
    .min(1)
    .optional()
    .describe('the field of the answer that names the tenant; absent: the empty tenant'),
  clockTolerance: pause.default(5_000).describe('how far clocks may be apart'),
  trustFor: duration
    .default(3_600_000)
    .describe('a connection lives on one answer for at most this long, and no longer than the token'),
  cacheFor: pause
    .default(30_000)
    .describe('an answer that a token is active counts for new connections for so long'),
  rejectFor: pause.default(5_000).describe('the same for an answer that it is not'),
  cacheSize: size.default(16 * 1024 ** 2).describe('bytes of answers that are kept'),
  timeout: duration.default(3_000).describe('for an answer'),
  maxPending: count.default(64).describe('questions at a time; further clients are told to come again'),
  failures: count.default(5).describe('failed questions in a row after which no more are asked for `pause`'),
  pause: duration
    .default(10_000)
    .describe('after that one question is tried; clients are told to come again'),
})

export const issuerKeys = z.strictObject({
  cooldown: duration
    .default(30_000)
    .describe('between two fetches of the keys of one issuer, whatever tokens ask for'),
  refresh: duration
    .default(600_000)
    .describe('keys are fetched anew after this time; until that worked the old ones count'),
  timeout: duration.default(5_000).describe('for an answer with keys'),
})
