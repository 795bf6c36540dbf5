// Settings that say whose tokens are accepted.
import { z } from 'zod'
import { apiKeys, certificates, cookie, tickets } from './credential-settings.ts'
import { duration, pause, size } from './units.ts'

/** An algorithm a token may be signed with. Symmetric ones and `none` are not on the list. */
export const jwtAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
] as const

export const jwtIssuer = z
  .strictObject({
    issuer: z.string().min(1).describe('the exact `iss` of accepted tokens'),
    audience: z.string().min(1).describe('a value that `aud` must contain'),
    jwksUri: z.url('expected a URL').optional().describe('where the keys are: https, or http on loopback'),
    jwksFile: z
      .string()
      .min(1)
      .optional()
      .describe('a file with the keys (JWKS JSON), relative to this file; give this or jwksUri'),
    algorithms: z
      .array(z.enum(jwtAlgorithms))
      .min(1)
      .default(['ES256', 'RS256', 'EdDSA'])
      .describe('accepted signatures'),
    clockTolerance: pause.default(5_000).describe('how far clocks may be apart'),
    userClaim: z.string().min(1).default('sub').describe('the claim that names the user'),
    tenantClaim: z
      .string()
      .min(1)
      .optional()
      .describe('the claim that names the tenant; absent: the empty tenant'),
  })
  .refine((given) => (given.jwksUri === undefined) !== (given.jwksFile === undefined), {
    message: 'give exactly one of jwksUri and jwksFile',
  })

export const auth = z.strictObject({
  jwt: z.array(jwtIssuer).default([]).describe('the issuers of accepted tokens'),
  anonymous: z
    .boolean()
    .default(false)
    .describe('connections without a credential are let in, to routes that say anonymous'),
  helloTimeout: duration.default(10_000).describe('for `hello` to arrive and be accepted'),
  maxTokenSize: size.default(8_192).describe('bytes of one token'),
  apiKeys: apiKeys.prefault({}),
  tickets: tickets.prefault({}),
  cookie: cookie.prefault({}),
  certificates: certificates.prefault({}),
})
