// The keys of one issuer from their URL: kept, fetched anew when one is missing or they are old, and used on while it is down.
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose'

/** The keys cannot be had, so nothing is known of the token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

export type KeySetOptions = {
  readonly url: string
  /** Milliseconds between the ends of two fetches, whatever tokens ask for. */
  readonly cooldownMs: number
  /** Milliseconds after which keys are fetched anew; until that worked the old ones count. */
  readonly freshMs: number
  readonly onUnavailable: (failure: unknown) => void
  /** Milliseconds on a clock that only grows. */
  readonly now?: () => number
}

const fetchTimeoutMs = 5_000
/** Milliseconds between fetches while there are no keys at all: nobody can come in meanwhile. */
const firstKeysMs = 2_000
const mostBytes = 1024 ** 2

/**
 * A key is looked for in what is there; a missing one makes a fetch, unless one ended within the cooldown. The keys
 * that are known never wait for a fetch. Rejects with `KeysUnavailable` where a key is missing and the last fetch failed.
 */
export function createKeySet(options: KeySetOptions): JWTVerifyGetKey {
  const { now = () => performance.now() } = options
  let keys: JWTVerifyGetKey | undefined
  let fetchedAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  let fetching: Promise<void> | undefined

  const load = async (): Promise<void> => {
    try {
      keys = createLocalJWKSet(await fetchKeys(options.url))
      fetchedAt = now()
      failure = undefined
    } catch (caught) {
      failure = caught
      options.onUnavailable(caught)
    } finally {
      triedAt = now()
      fetching = undefined
    }
  }

  /** One at a time, and none soon after another. */
  const refresh = (): Promise<void> | undefined => {
    const cooldownMs = keys === undefined ? Math.min(firstKeysMs, options.cooldownMs) : options.cooldownMs
    if (fetching === undefined && now() - triedAt >= cooldownMs) fetching = load()
    return fetching
  }

  return async (header, token) => {
    if (keys === undefined) await refresh()
    else if (now() - fetchedAt >= options.freshMs) void refresh()
    for (let fetched = false; ; fetched = true) {
      if (keys === undefined) throw new KeysUnavailable('no keys yet', { cause: failure })
      try {
        return await keys(header, token)
      } catch (missing) {
        if (!(missing instanceof errors.JWKSNoMatchingKey)) throw missing
        const pending = fetched ? undefined : refresh()
        if (pending !== undefined) await pending
        else if (failure === undefined) throw missing
        else throw new KeysUnavailable('this key is not known', { cause: failure })
      }
    }
  }
}

async function fetchKeys(url: string): Promise<{ keys: object[] }> {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  const signal = AbortSignal.timeout(fetchTimeoutMs)
  const response = await fetch(url, { redirect: 'error', headers, signal })
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel()
    throw new Error(`the key endpoint answered ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw new Error(`the key endpoint answered with more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as { keys: object[] }
}
