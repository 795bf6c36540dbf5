// Asks another server for JSON and takes no more than was agreed: a size, a time, no redirects.

export type FetchRules = {
  /** Milliseconds for the whole answer. */
  readonly timeoutMs: number
  /** Bytes of the answer, after it was inflated. */
  readonly maxBytes: number
  readonly headers?: Readonly<Record<string, string>>
  /** Posted as a form; without one it is a GET. */
  readonly form?: URLSearchParams
}

/** An answer whose status is not 200. */
export class UnexpectedStatus extends Error {
  override readonly name = 'UnexpectedStatus'
  readonly status: number

  constructor(host: string, status: number) {
    super(`${host} answered ${status}`)
    this.status = status
  }
}

/** The JSON of an answer with status 200 and its length in bytes; rejects for every other. What was sent is in no failure. */
export async function fetchJson(
  url: string,
  rules: FetchRules,
): Promise<{ readonly json: unknown; readonly bytes: number }> {
  const { timeoutMs, maxBytes, form } = rules
  const request: RequestInit = {
    redirect: 'error',
    headers: { accept: 'application/json', ...rules.headers },
    signal: AbortSignal.timeout(timeoutMs),
    ...(form === undefined ? {} : { method: 'POST', body: form }),
  }
  const response = await fetch(url, request).catch((failure: unknown) => {
    throw new Error(`${hostOf(url)} did not answer: ${reasonOf(failure)}`)
  })
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel()
    throw new UnexpectedStatus(hostOf(url), response.status)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error(`${hostOf(url)} answered with more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return { json: parse(Buffer.concat(chunks).toString(), url), bytes }
}

/** `fetch failed` says nothing; what it was caused by does. */
const reasonOf = (failure: unknown): string => {
  const { cause, message } = Object(failure) as { cause?: unknown; message?: unknown }
  const { code, message: deeper } = Object(cause) as { code?: unknown; message?: unknown }
  return String(code ?? deeper ?? message)
}

/** JSON.parse quotes what it could not read. */
function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${hostOf(url)} answered with something that is no JSON`)
  }
}

const hostOf = (url: string): string => new URL(url).host
