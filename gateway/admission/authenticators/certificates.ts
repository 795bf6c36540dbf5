// Maps a client certificate, checked by the listener, to the principal it names.
import type { Principal } from '../../session/principal.ts'
import type { Authenticator, PeerCertificate } from '../credential.ts'
import { isName } from '../to-principal.ts'

export type CertificateOptions = {
  /** CN of the subject, or the one alternative name of this kind. */
  readonly user: 'CN' | 'uri' | 'dns' | 'email'
  /** The field of the subject that names the tenant; undefined: the empty tenant. */
  readonly tenant?: string | undefined
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

const kinds = { uri: 'URI:', dns: 'DNS:', email: 'email:' } as const

/** Not valid: over, or without exactly one name of the kind that counts. */
export const createCertificateAuthenticator = (options: CertificateOptions): Authenticator => ({
  name: 'certificates',
  claims: ({ kind }) => kind === 'certificate',
  authenticate: (credential) =>
    Promise.resolve(
      credential.kind === 'certificate' ? toPrincipal(credential.certificate, options) : undefined,
    ),
})

function toPrincipal(
  certificate: PeerCertificate,
  { user: from, tenant: field, now = Date.now }: CertificateOptions,
): Principal | undefined {
  const { subject, names, validFrom, validTo } = certificate
  const user = from === 'CN' ? subject['CN'] : oneNamed(names, kinds[from])
  const tenant = field === undefined ? '' : (subject[field] ?? '')
  if (!isName(user) || (tenant !== '' && !isName(tenant))) return undefined
  if (validTo <= now()) return undefined
  return {
    user,
    tenant,
    claims: { certificate: { subject, names } },
    expiresAt: validTo,
    shown: { issuedAt: validFrom },
  }
}

/** Two names could be two users. */
function oneNamed(names: readonly string[], kind: string): string | undefined {
  const [name, second] = names.filter((each) => each.startsWith(kind))
  return second === undefined ? name?.slice(kind.length) : undefined
}
