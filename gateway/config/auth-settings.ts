// Settings that say whose tokens are accepted.
import { z } from 'zod'
import { apiKeys, certificates, cookie, tickets } from './credential-settings.ts'
import { introspection, issuerKeys } from './introspection-settings.ts'
import { rule } from './route-settings.ts'
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
      .meta({ file: true })
      .optional()
      .describe('a file with the keys (JWKS JSON), relative to this file; read again when it changes'),
    discovery: z
      .boolean()
      .default(false)
      .describe('where the keys are is asked of `<issuer>/.well-known/openid-configuration`'),
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
  .refine(
    ({ jwksUri, jwksFile, discovery }) =>
      [jwksUri !== undefined, jwksFile !== undefined, discovery].filter(Boolean).length === 1,
    { message: 'give exactly one of jwksUri, jwksFile and discovery: true' },
  )

export const auth = z.strictObject({
  jwt: z.array(jwtIssuer).default([]).describe('the issuers of accepted tokens'),
  jwks: issuerKeys.prefault({}),
  introspection: z
    .array(introspection)
    .default([])
    .describe('servers that are asked about bearer tokens which are no JWT of these issuers'),
  anonymous: z
    .boolean()
    .default(false)
    .describe('connections without a credential are let in, to routes that say anonymous'),
  allow: rule
    .default(true)
    .describe(
      'who may connect at all: true (whoever is authenticated, or let in as anonymous), or CEL over `principal`, `path` and `subprotocol`',
    ),
  unknownTenants: z
    .enum(['allow', 'deny'])
    .default('allow')
    .describe(
      'deny: only principals of tenants that `tenants` names may connect, the empty one not without its ""',
    ),
  helloTimeout: duration.default(10_000).describe('for `hello` to arrive and be accepted'),
  expiryNotice: duration
    .default(60_000)
    .describe(
      'before a credential ends its client is told by `expiring`; at most half of the time there was',
    ),
  expiryGrace: pause
    .default(5_000)
    .describe('after a credential ended: only a fresh one is taken; then the connection is closed with 4401'),
  maxTokenSize: size.default(8_192).describe('bytes of one token'),
  apiKeys: apiKeys.prefault({}),
  tickets: tickets.prefault({}),
  cookie: cookie.prefault({}),
  certificates: certificates.prefault({}),
})
