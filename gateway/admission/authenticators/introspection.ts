// Asks the server that gave out an opaque token whether it is good (OAuth 2.0 Token Introspection, RFC 7662).
import { createHash } from 'node:crypto'
import type { IntrospectionConfig } from '../../config/settings.ts'
import type { Principal } from '../../session/principal.ts'
import { readKeyText } from '../api-key.ts'
import type { Authenticator } from '../credential.ts'
import { fetchJson, UnexpectedStatus } from '../fetch-json.ts'
import { createAnswers } from './answers.ts'
import { createCircuit, NotAsked } from './circuit.ts'
import { readAnswer } from './introspection-answer.ts'

/** What became of a question. `kept`: it was not asked, for the answer was still known. */
export type IntrospectionOutcome = 'active' | 'inactive' | 'kept' | 'failed' | 'not-asked'

export type IntrospectionOptions = {
  readonly servers: readonly IntrospectionConfig[]
  readonly maxTokenSize: number
  readonly onAnswer: (outcome: IntrospectionOutcome) => void
  readonly onFailure: (server: string, failure: unknown) => void
}

const maxBytes = 65_536
/** A flood of made-up tokens pushes out answers to made-up tokens only. */
const inactiveShare = 0.25

/** Rejects where the server cannot be asked now. Each token is shown to one server, whose prefix it has. */
export function createIntrospection(options: IntrospectionOptions): Authenticator {
  const servers = options.servers.map((server) => ({
    prefix: server.prefix ?? '',
    check: createCheck(server, options),
  }))
  const serverOf = (token: string) => servers.find(({ prefix }) => token.startsWith(prefix))
  return {
    name: 'introspection',
    // An API key that stands where a token belongs is no business of another server.
    claims: (credential) =>
      credential.kind === 'bearer' &&
      credential.token.length <= options.maxTokenSize &&
      readKeyText(credential.token) === undefined &&
      serverOf(credential.token) !== undefined,
    async authenticate(credential) {
      return credential.kind === 'bearer' ? serverOf(credential.token)?.check(credential.token) : undefined
    },
  }
}

/** A server that calls some tokens a bad request must not be closed to all by whoever shows such tokens. */
const isOutage = (failure: unknown): boolean =>
  !(failure instanceof UnexpectedStatus && failure.status === 400)

type Check = (token: string) => Promise<Principal | undefined>

/** Tokens are remembered by their hash, and asked for once however many come with the same one at a time. */
function createCheck(server: IntrospectionConfig, { onAnswer, onFailure }: IntrospectionOptions): Check {
  const active = createAnswers<Principal>(server.cacheSize * (1 - inactiveShare))
  const inactive = createAnswers<true>(server.cacheSize * inactiveShare)
  const asking = new Map<string, Promise<Principal | undefined>>()
  const { failures, maxPending } = server
  const circuit = createCircuit({ failures, maxPending, pauseMs: server.pause, isOutage })

  const ask = async (token: string, hash: string): Promise<Principal | undefined> => {
    const asked = performance.now()
    const { principal, keepMs, bytes } = await circuit(() => introspect(server, token))
    if (principal === undefined) inactive.set(hash, true, 0, asked + server.rejectFor)
    else active.set(hash, principal, bytes, asked + Math.min(server.cacheFor, keepMs))
    onAnswer(principal === undefined ? 'inactive' : 'active')
    return principal
  }

  return async (token) => {
    const hash = createHash('sha256').update(token).digest('base64')
    const known = active.get(hash)
    if (known !== undefined || inactive.get(hash)) {
      onAnswer('kept')
      return known
    }
    const pending = asking.get(hash)
    if (pending !== undefined) return pending
    const answer = ask(token, hash)
      .catch((failure: unknown) => {
        const isAsked = !(failure instanceof NotAsked)
        onAnswer(isAsked ? 'failed' : 'not-asked')
        if (isAsked) onFailure(new URL(server.url).host, failure)
        throw failure
      })
      .finally(() => asking.delete(hash))
    asking.set(hash, answer)
    return answer
  }
}

async function introspect(server: IntrospectionConfig, token: string) {
  const form = new URLSearchParams({ token, token_type_hint: 'access_token' })
  const headers = { authorization: basic(server.clientId, server.clientSecret) }
  const { json, bytes } = await fetchJson(server.url, { timeoutMs: server.timeout, maxBytes, headers, form })
  return { ...readAnswer(json, server, Date.now()), bytes }
}

/** Both parts are form-encoded before they are put together (RFC 6749, section 2.3.1). */
const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}`

const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
