// Settings of the way to the registry.
import { z } from 'zod'
import { callerTls } from './tls-settings.ts'
import { duration } from './units.ts'

const text = z.string().min(1)
const secret = text.meta({ secret: true })
const hosts = z.array(z.string().regex(/^.+:\d+$/, 'host:port')).min(1)

const sentinel = z.strictObject({
  name: text.describe('what the sentinels call the master'),
  hosts: hosts.describe('where sentinels are first asked'),
  username: text.optional().describe('of the sentinels themselves'),
  password: secret.optional().describe('of the sentinels themselves'),
  tls: callerTls.describe('true: TLS to the sentinels; or a section that says more'),
})

export const redis = z.strictObject({
  url: z
    .string()
    .regex(/^rediss?:\/\//, 'redis://… or rediss://…')
    .default('redis://127.0.0.1:16379')
    .describe('where the registry is; rediss is TLS. Not used where sentinel or cluster is given'),
  username: text.optional().describe('ACL user; default: the one in the URL, else `default`'),
  password: secret.optional().describe('its password; better here than in the URL'),
  tls: callerTls.describe('true: TLS; or a section that says more'),
  sentinel: sentinel.optional(),
  cluster: hosts.optional().describe('nodes of a Redis Cluster that are first asked'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9:._-]{1,64}$/, 'a prefix is 1 to 64 of the characters A-Z a-z 0-9 : . _ -')
    .default('openclaw')
    .describe('begins every key'),
  commandTimeout: duration.default(1_000).describe('for one answer of Redis'),
})
