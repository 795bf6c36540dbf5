// Why a handshake was refused: a browser does not say, but a GET on the same address gets the same answer.
import type { Settings } from '../settings.ts'

export type Explanation = {
  readonly status: number
  /** The gateway's own code; undefined: it was not a gateway that answered. */
  readonly code: string | undefined
  readonly retryAfterMs: number | undefined
}

const patienceMs = 3_000

/** Undefined where nothing can be learned: nobody answers, or a page may not read it. Never rejects. */
export async function explain(
  settings: Pick<Settings, 'fetch'>,
  url: string,
  subprotocol: string,
): Promise<Explanation | undefined> {
  try {
    const answer = await settings.fetch(url.replace(/^ws/i, 'http'), {
      // Browsers leave it out; then an address that only takes enveloped frames may answer 404.
      headers: { 'sec-websocket-protocol': subprotocol },
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(patienceMs),
    })
    const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN)
    const body: unknown = await answer.json().catch(() => undefined)
    const { code } = (body ?? {}) as { code?: unknown }
    return {
      status: answer.status,
      code: typeof code === 'string' ? code : undefined,
      retryAfterMs: Number.isNaN(retryAfter) ? undefined : retryAfter * 1_000,
    }
  } catch {
    return undefined
  }
}

/** What it means, as a sentence. */
export function inWords(explanation: Explanation | undefined, url: string, reason: string): string {
  const where = url.replace(/[?#].*$/, '')
  const said = reason === '' ? '' : `: ${reason}`
  if (explanation === undefined) return `no gateway could be reached at ${where}${said}`
  const { status, code } = explanation
  if (code === 'ok')
    return `the handshake with ${where} failed, but a gateway is there and would take us${said}`
  if (code === undefined) return `${where} answered HTTP ${status}, and not as a gateway does${said}`
  return `${where} refused the handshake: HTTP ${status} ${code}`
}
