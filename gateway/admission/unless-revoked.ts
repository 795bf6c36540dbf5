// The one place where every credential that was found good is asked once more: was it revoked.
import type { Principal } from '../session/principal.ts'
import type { Authenticator } from './credential.ts'

export type RevocationCheck = {
  /** Resolves true when all revocations up to now are known. */
  known(): Promise<boolean>
  isRevoked(principal: Principal): boolean
}

/** The same authenticator, for whom a revoked credential is not valid. Rejects where it cannot be known now. */
export const unlessRevoked =
  ({ known, isRevoked }: RevocationCheck) =>
  (authenticator: Authenticator): Authenticator => ({
    name: authenticator.name,
    claims: (credential) => authenticator.claims(credential),
    async authenticate(credential) {
      const principal = await authenticator.authenticate(credential)
      if (principal === undefined) return undefined
      if (!(await known())) throw new Error('it is not known now what was revoked')
      return isRevoked(principal) ? undefined : principal
    },
  })
