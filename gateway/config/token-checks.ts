// Contradictions about tokens: issuers and where their keys are, servers that are asked about opaque ones.
import { urlTrouble } from '../admission/safe-url.ts'
import { pathText } from './fields.ts'
import { keyFileTrouble } from './key-file.ts'
import type { Finding } from './problem.ts'
import type { Config, IntrospectionConfig, JwtIssuerConfig } from './settings.ts'
import type { Path } from './tree.ts'

/** The key that is wrong, and why. */
type Trouble = { readonly key: string; readonly message: string | undefined }

const keysTrouble = ({ issuer, jwksUri, jwksFile }: JwtIssuerConfig, folder: string): Trouble => {
  if (jwksUri !== undefined) return { key: 'jwksUri', message: urlTrouble(jwksUri) }
  if (jwksFile !== undefined) return { key: 'jwksFile', message: keyFileTrouble(jwksFile, folder) }
  const trouble = urlTrouble(issuer) ?? (issuer.includes('?') ? 'must not have a part behind ?' : undefined)
  return { key: 'issuer', message: trouble && `${trouble}, for discovery begins there` }
}

const issuerContradictions = ({ auth }: Config, folder: string): readonly Finding[] =>
  auth.jwt.flatMap((issuer, at): readonly Finding[] => {
    const path: Path = ['auth', 'jwt', at]
    const twin = auth.jwt.findIndex(
      (each) => each.issuer === issuer.issuer && each.audience === issuer.audience,
    )
    if (twin < at) {
      return [{ path, message: `the same issuer and audience as ${pathText(['auth', 'jwt', twin])}` }]
    }
    const { key, message } = keysTrouble(issuer, folder)
    return message === undefined ? [] : [{ path: [...path, key], message }]
  })

/** A token is shown to one server only, so no two may want the same ones. */
const prefixTrouble = (servers: readonly IntrospectionConfig[], at: number): string | undefined => {
  const prefix = servers[at]?.prefix ?? ''
  const earlier = servers.findIndex((each, place) => place < at && prefix.startsWith(each.prefix ?? ''))
  if (earlier < 0) return undefined
  return `its tokens would all go to ${pathText(['auth', 'introspection', earlier])}, which comes first: give each a prefix, longer ones first`
}

const serverContradictions = ({ auth }: Config): readonly Finding[] =>
  auth.introspection.flatMap((server, at) => {
    const path: Path = ['auth', 'introspection', at]
    const all: readonly Trouble[] = [
      { key: 'url', message: urlTrouble(server.url) },
      { key: 'prefix', message: prefixTrouble(auth.introspection, at) },
      {
        key: 'trustFor',
        message: server.trustFor < server.cacheFor ? 'must not be less than cacheFor' : undefined,
      },
    ]
    return all.flatMap(({ key, message }) =>
      message === undefined ? [] : [{ path: [...path, key], message }],
    )
  })

const cooldownContradictions = ({ auth: { jwks } }: Config): readonly Finding[] =>
  jwks.refresh >= jwks.cooldown
    ? []
    : [{ path: ['auth', 'jwks', 'refresh'], message: 'must not be less than auth.jwks.cooldown' }]

/** Everything about tokens that does not fit together. `folder` is where relative key files are found. */
export const tokenContradictions = (config: Config, folder: string): readonly Finding[] => [
  ...issuerContradictions(config, folder),
  ...serverContradictions(config),
  ...cooldownContradictions(config),
]
