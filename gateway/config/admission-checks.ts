// Contradictions about who may come in: tokens, secrets, origins.
import type { Finding } from './problem.ts'
import type { Config } from './settings.ts'
import { tokenContradictions } from './token-checks.ts'

/** The secret of development stacks. It is printed in public, so it protects nothing. */
export const developmentSecret = 'openclaw-development-secret'

const hasDoor = ({ auth, development }: Config): boolean =>
  auth.jwt.length > 0 ||
  auth.introspection.length > 0 ||
  auth.anonymous ||
  auth.apiKeys.enabled ||
  auth.certificates.user !== undefined ||
  development

const doorContradictions = (config: Config): readonly Finding[] =>
  hasDoor(config)
    ? []
    : [
        {
          path: ['auth'],
          message:
            'nobody could come in: name an issuer in auth.jwt or a server in auth.introspection, or set auth.apiKeys.enabled or auth.anonymous to true',
          involves: [
            ['auth', 'jwt'],
            ['auth', 'introspection'],
            ['auth', 'anonymous'],
            ['auth', 'apiKeys', 'enabled'],
            ['development'],
          ],
        },
      ]

const secretContradictions = (config: Config): readonly Finding[] =>
  config.development
    ? []
    : config.session.secrets.flatMap((secret, at) =>
        secret === developmentSecret
          ? [
              {
                path: ['session', 'secrets', at],
                message:
                  'is the development secret that everybody knows; make one of your own, with `openssl rand -hex 32`',
                involves: [['development']],
              },
            ]
          : [],
      )

const originRule = 'an origin is scheme://host or scheme://host:port, exactly as browsers send it'

const originTrouble = (origin: string): string | undefined => {
  if (origin === 'null') return '"null" is the origin of every sandboxed page and cannot be trusted'
  if (origin.includes('*')) return 'origins are compared exactly; list each one instead of a pattern'
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/i.test(origin) || !URL.canParse(origin)) {
    const near = URL.canParse(origin) ? new URL(origin).origin : 'null'
    return near === 'null' ? originRule : `${originRule}: ${near}`
  }
  const sent = new URL(origin).origin
  return sent === 'null' || sent === origin ? undefined : `browsers send this origin as ${sent}`
}

const originContradictions = (config: Config): readonly Finding[] =>
  config.origins.flatMap((origin, at) => {
    const trouble = originTrouble(origin)
    return trouble === undefined ? [] : [{ path: ['origins', at], message: `got "${origin}"; ${trouble}` }]
  })

const credentialContradictions = ({ auth, origins, listen }: Config): readonly Finding[] => [
  ...(auth.cookie.name !== undefined && origins.length === 0
    ? [
        {
          path: ['auth', 'cookie', 'name'],
          message:
            'browsers send a cookie from any page: list the exact `origins` whose pages may come with it',
          involves: [['origins']],
        },
      ]
    : []),
  ...(auth.apiKeys.query && !auth.apiKeys.enabled
    ? [{ path: ['auth', 'apiKeys', 'query'], message: 'has no effect without auth.apiKeys.enabled: true' }]
    : []),
  ...(auth.certificates.user !== undefined && (listen.tls?.clientCertificates ?? 'none') === 'none'
    ? [
        {
          path: ['auth', 'certificates', 'user'],
          message: 'no client is asked for one: set listen.tls.clientCertificates to request or require',
          involves: [['listen', 'tls', 'clientCertificates']],
        },
      ]
    : []),
  ...(auth.certificates.tenant !== undefined && auth.certificates.user === undefined
    ? [{ path: ['auth', 'certificates', 'tenant'], message: 'has no effect without auth.certificates.user' }]
    : []),
]

/** Everything about admission that does not fit together. `folder` is where relative key files are found. */
export const admissionContradictions = (config: Config, folder: string): readonly Finding[] => [
  ...tokenContradictions(config, folder),
  ...doorContradictions(config),
  ...secretContradictions(config),
  ...originContradictions(config),
  ...credentialContradictions(config),
]
