// The keys of one issuer: kept, loaded anew when one is missing or they are old, and used on while they cannot be loaded.
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/** The keys cannot be had, or not yet: nothing is known of the token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

/**
 * What there is to do with a token that fitted no key. `fetched`: look again, and then it is not valid. `joined`: look
 * again, but the keys that came may be older than the token. `known`: it is not valid.
 */
export type Renewal = 'fetched' | 'joined' | 'known'

export type KeySet = {
  /** Rejects with `KeysUnavailable` while there are no keys at all. */
  readonly find: JWTVerifyGetKey
  /** `issuedAt` in ms since the epoch, as the token says. Rejects with `KeysUnavailable` where nothing can be known now. */
  renew(issuedAt: number | undefined): Promise<Renewal>
}

export type KeySetOptions = {
  readonly load: () => Promise<JSONWebKeySet>
  /** Milliseconds from the end of one load to the next, whatever tokens ask for. */
  readonly cooldownMs: number
  /** Milliseconds after which keys are loaded anew; until that worked the old ones count. */
  readonly freshMs: number
  readonly onUnavailable: (failure: unknown) => void
}

/** Milliseconds between loads while there are no keys at all: nobody can come in meanwhile. */
const firstKeysMs = 2_000
/** Milliseconds that an issuer's clock may be behind ours. */
const clocksApartMs = 5_000

/** Known keys never wait for a load, but where nobody came for so long that they are past twice their time. */
export function createKeySet({ load, cooldownMs, freshMs, onUnavailable }: KeySetOptions): KeySet {
  let keys: JWTVerifyGetKey | undefined
  /** When the load began that brought them: on a clock that only grows, and on the wall. */
  let loadedAt = Number.NEGATIVE_INFINITY
  let loadedOn = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  let loading: Promise<void> | undefined

  const reload = async (): Promise<void> => {
    const [began, beganOn] = [performance.now(), Date.now()]
    try {
      keys = createLocalJWKSet(await load())
      loadedAt = began
      loadedOn = beganOn
      failure = undefined
    } catch (caught) {
      failure = caught
      onUnavailable(caught)
    } finally {
      triedAt = performance.now()
      loading = undefined
    }
  }

  /** Begins a load, one at a time and none soon after another; undefined where it may not. */
  const begin = (): Promise<void> | undefined => {
    const pauseMs = keys === undefined ? Math.min(firstKeysMs, cooldownMs) : cooldownMs
    if (loading !== undefined || performance.now() - triedAt < pauseMs) return undefined
    loading = reload()
    return loading
  }

  const current = async (): Promise<JWTVerifyGetKey> => {
    const age = performance.now() - loadedAt
    if (age >= freshMs) {
      const begun = begin() ?? loading
      if (keys === undefined || (age >= 2 * freshMs && failure === undefined)) await begun
    }
    if (keys === undefined) throw new KeysUnavailable('no keys yet', { cause: failure })
    return keys
  }

  return {
    find: async (header, token) => (await current())(header, token),
    async renew(issuedAt) {
      const own = begin()
      const pending = own ?? loading
      await pending
      if (failure !== undefined) throw new KeysUnavailable('this key is not known', { cause: failure })
      if (pending !== undefined) return own === undefined ? 'joined' : 'fetched'
      if (issuedAt === undefined || issuedAt >= loadedOn - clocksApartMs)
        throw new KeysUnavailable('this key may be newer than those that are known')
      return 'known'
    },
  }
}
