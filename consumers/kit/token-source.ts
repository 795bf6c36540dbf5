// Tokens for Kafka's OAUTHBEARER: fetched by client credentials (RFC 6749 section 4.4), kept, and renewed before they end.

export type TokenOptions = {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope?: string
}

export type Token = { readonly value: string }

type Kept = Token & { readonly renewAt: number; readonly endsAt: number }

/** Milliseconds for one answer of the token server. */
const answerMs = 5_000
/** A token is renewed when this part of its life is over. */
const wornOut = 0.8
/** Where the server does not say how long a token lives. Seconds. */
const usualLife = 300
/** A token with less life than this is not given on: kafkajs would log in again and again. Milliseconds. */
const tooShort = 15_000
const longestAnswer = 64 * 1024

/** What RFC 6749 wants in Basic credentials: each half as a form would have it. */
const formText = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

async function fetchToken(options: TokenOptions): Promise<Kept> {
  const { tokenUrl, clientId, clientSecret, scope } = options
  const asked = performance.now()
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(answerMs),
    headers: {
      accept: 'application/json',
      authorization: `Basic ${Buffer.from(`${formText(clientId)}:${formText(clientSecret)}`).toString('base64')}`,
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope === undefined ? {} : { scope }),
    }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`the token server answered ${answer.status}`)
  if (text.length > longestAnswer) throw new Error('the token server answered too much')
  const { access_token: value, expires_in: life = usualLife } = toAnswer(text)
  if (typeof value !== 'string' || value === '' || !Number.isFinite(Number(life)))
    throw new Error('the token server gave no token')
  const lifeMs = Number(life) * 1_000
  return { value, renewAt: asked + wornOut * lifeMs, endsAt: asked + lifeMs }
}

function toAnswer(text: string): { access_token?: unknown; expires_in?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as object
  } catch {
    // What was not understood may hold a secret, so it is not repeated.
    throw new Error('the token server gave no JSON')
  }
}

/**
 * Answers a token that is good now. One question to the server at a time; where it does not answer, a token that is due but
 * not yet over is given on. Rejects with a plain error, which kafkajs tries again.
 */
export function createTokenSource(config: TokenOptions): () => Promise<Token> {
  let kept: Kept | undefined
  let asking: Promise<Kept> | undefined
  return async () => {
    if (kept !== undefined && performance.now() < kept.renewAt) return kept
    asking ??= fetchToken(config).finally(() => {
      asking = undefined
    })
    try {
      kept = await asking
      return kept
    } catch (failed) {
      if (kept !== undefined && performance.now() < kept.endsAt - tooShort) return kept
      throw new Error(`no token for Kafka: ${failed instanceof Error ? failed.message : String(failed)}`)
    }
  }
}
