// How we say who we are to Kafka.
import { z } from 'zod'

const text = z.string().min(1)
const secret = text.meta({ secret: true })

export const sasl = z.strictObject({
  mechanism: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'])
    .describe('how Kafka is shown who we are'),
  username: text.optional().describe('for plain and scram'),
  password: secret.optional().describe('for plain and scram'),
  tokenUrl: z
    .url('expected a URL')
    .optional()
    .describe('for oauthbearer: where tokens are fetched by client credentials; https, or http on loopback'),
  clientId: text.optional().describe('for oauthbearer: our name there'),
  clientSecret: secret.optional().describe('for oauthbearer: our secret there'),
  scope: text.optional().describe('for oauthbearer: what the token is asked for'),
})

export type SaslConfig = z.output<typeof sasl>
