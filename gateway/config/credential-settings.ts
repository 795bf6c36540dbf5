// Settings of credentials that are not bearer tokens: API keys, tickets, a cookie, client certificates.
import { z } from 'zod'
import { duration } from './units.ts'

const longestTicketMs = 60_000

export const apiKeys = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('keys of `openclaw keys create` are accepted; the topic topics.keys has to be there'),
  query: z
    .boolean()
    .default(false)
    .describe('also as ?api_key= on the URL, which proxies and browsers may write down'),
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,15}$/, '1 to 16 of a-z 0-9, a letter first')
    .default('oc')
    .describe('how keys begin that `openclaw keys create` makes, so that people and scanners know them'),
})

export const tickets = z.strictObject({
  enabled: z.boolean().default(true).describe('POST /tickets gives tickets for ?ticket= on the URL'),
  ttl: duration
    .refine((ms) => ms <= longestTicketMs, 'at most 60s: a ticket stands in a URL')
    .default(30_000)
    .describe('how long a ticket may be used, once; at most 60s'),
})

export const cookie = z.strictObject({
  name: z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]{1,128}$/, 'a cookie name is 1 to 128 token characters')
    .optional()
    .describe(
      'the cookie that holds a token, such as __Host-token; only from pages of `origins`. Absent: none is looked at',
    ),
})

export const certificates = z.strictObject({
  user: z
    .enum(['CN', 'uri', 'dns', 'email'])
    .optional()
    .describe(
      'what of a client certificate names the user: CN of its subject, or its one URI, DNS or email name. Absent: none is looked at',
    ),
  tenant: z
    .string()
    .regex(/^[A-Za-z]{1,32}$/, 'a field of the subject such as O or OU')
    .optional()
    .describe('the field of its subject that names the tenant, such as O; absent: the empty tenant'),
})
