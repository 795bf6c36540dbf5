// Where the keys of issuers come from: a URL, the URL that the issuer's discovery document names, or a file.
import { readFile } from 'node:fs/promises'
import type { JSONWebKeySet } from 'jose'
import type { JwtIssuerConfig } from '../../config/settings.ts'
import { fetchJson } from '../fetch-json.ts'
import { isLoopback, urlTrouble } from '../safe-url.ts'
import { createKeySet, type KeySet } from './key-set.ts'

export type KeyTimes = {
  /** Milliseconds between two fetches of one issuer's keys. */
  readonly cooldown: number
  /** Milliseconds after which keys are fetched anew. */
  readonly refresh: number
  /** Milliseconds for an answer. */
  readonly timeout: number
}

/** Milliseconds for which a file is not read again. */
const fileTimes = { cooldownMs: 1_000, freshMs: 1_000 }
const maxBytes = 1024 ** 2

/** The keys of each issuer; settings that name the same place share one set, and so its fetches. */
export function createIssuerKeys(
  times: KeyTimes,
  onUnavailable: (issuer: string, failure: unknown) => void,
): (issuer: JwtIssuerConfig) => KeySet {
  const sets = new Map<string, KeySet>()
  return (issuer) => {
    const place = JSON.stringify([issuer.jwksUri, issuer.jwksFile, issuer.discovery && issuer.issuer])
    const known = sets.get(place)
    if (known !== undefined) return known
    const set = createKeySet({
      load: loaderOf(issuer, times.timeout),
      ...(issuer.jwksFile === undefined ? { cooldownMs: times.cooldown, freshMs: times.refresh } : fileTimes),
      onUnavailable: (failure) => onUnavailable(issuer.issuer, failure),
    })
    sets.set(place, set)
    return set
  }
}

function loaderOf(settings: JwtIssuerConfig, timeoutMs: number): () => Promise<JSONWebKeySet> {
  const { issuer, jwksUri, jwksFile } = settings
  if (jwksFile !== undefined) return async () => JSON.parse(await readFile(jwksFile, 'utf8')) as JSONWebKeySet
  if (jwksUri !== undefined) return () => fetchKeys(jwksUri, timeoutMs)
  return async () => fetchKeys(await discover(issuer, timeoutMs), timeoutMs)
}

async function fetchKeys(url: string, timeoutMs: number): Promise<JSONWebKeySet> {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  return (await fetchJson(url, { timeoutMs, maxBytes, headers })).json as JSONWebKeySet
}

/** Where the issuer itself says its keys are (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string, timeoutMs: number): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const { json } = await fetchJson(url, { timeoutMs, maxBytes })
  const { issuer: named, jwks_uri: keys } = Object(json) as Record<string, unknown>
  // Another issuer's document is no word of this one.
  if (named !== issuer) throw new Error('the discovery document is of another issuer')
  if (typeof keys !== 'string') throw new Error('the discovery document names no jwks_uri')
  const trouble = urlTrouble(keys)
  if (trouble !== undefined) throw new Error(`the jwks_uri of the discovery document ${trouble}`)
  // A server elsewhere has nothing to say about what listens on this machine.
  if (isLoopback(new URL(keys).hostname) && !isLoopback(new URL(issuer).hostname))
    throw new Error('the jwks_uri of the discovery document is on loopback and its issuer is not')
  return keys
}
