// Contradictions about limits and about who the client is.
import type { Finding } from './problem.ts'
import type { Config } from './settings.ts'

export const limitContradictions = ({ listen }: Config): readonly Finding[] =>
  listen.proxyProtocol && listen.trustedProxies.length === 0
    ? [
        {
          path: ['listen', 'proxyProtocol'],
          message: 'nobody could connect: name the proxies in listen.trustedProxies',
          involves: [['listen', 'trustedProxies']],
        },
      ]
    : []
