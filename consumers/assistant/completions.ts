// Asks a language model: any server that speaks OpenAI's chat completions, the words as they come.
import { dataOf } from './server-sent-events.ts'

export type Turn = { readonly role: 'user' | 'assistant'; readonly content: string }

/** Answers with the pieces of the text. Ends early when `signal` aborts; throws a CompletionError where there is no answer. */
export type Complete = (turns: readonly Turn[], signal: AbortSignal) => AsyncIterable<string>

export type Endpoint = {
  /** What stands before `/chat/completions`: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. */
  readonly url: string
  readonly key?: string | undefined
  readonly model: string
  /** Milliseconds without a word. Default: a minute. */
  readonly silenceMs?: number
}

/** The model did not answer; the code is shown to the client. */
export class CompletionError extends Error {
  override readonly name = 'CompletionError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const longestReason = 300

export function openAi({ url, key, model, silenceMs = 60_000 }: Endpoint): Complete {
  const address = `${url.replace(/\/+$/, '')}/chat/completions`
  return async function* complete(messages, cancelled) {
    const silence = new AbortController()
    const late = () =>
      silence.abort(new CompletionError('model-silent', `the model said nothing for ${silenceMs / 1_000} s`))
    const timer = setTimeout(late, silenceMs)
    const signal = AbortSignal.any([cancelled, silence.signal])
    let hasBegun = false
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
        body: JSON.stringify({ model, messages, stream: true }),
        signal,
      })
      if (!response.ok || response.body === null)
        throw new CompletionError(
          'model-refused',
          `the model did not take the question (${response.status}): ${reasonOf(await response.text())}`,
        )
      hasBegun = true
      let isWhole = false
      for await (const data of dataOf(response.body)) {
        timer.refresh()
        if (data === '[DONE]') return
        const { text, isLast } = readChunk(data)
        isWhole ||= isLast
        if (text !== '') yield text
      }
      if (!isWhole)
        throw new CompletionError('model-broke-off', 'the model broke off in the middle of the answer')
    } catch (failure) {
      if (cancelled.aborted) return
      if (silence.signal.aborted) throw silence.signal.reason
      if (failure instanceof CompletionError) throw failure
      if (hasBegun)
        throw new CompletionError('model-broke-off', 'the model broke off in the middle of the answer', {
          cause: failure,
        })
      throw new CompletionError('model-unreachable', 'the model cannot be reached now', { cause: failure })
    } finally {
      clearTimeout(timer)
      // Whoever leaves in the middle wants no more: the connection is closed.
      silence.abort()
    }
  }
}

type Chunk = {
  readonly error?: unknown
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null }
    readonly finish_reason?: string | null
  }[]
}

function readChunk(data: string): { text: string; isLast: boolean } {
  let chunk: Chunk
  try {
    chunk = JSON.parse(data) as Chunk
  } catch (cause) {
    throw new CompletionError('model-broke-off', 'the model sent what is no answer', { cause })
  }
  if (chunk.error !== undefined)
    throw new CompletionError('model-refused', `the model gave up: ${reasonOf(data)}`)
  // Some servers end with a chunk that only counts tokens.
  const [choice] = chunk.choices ?? []
  return { text: choice?.delta?.content ?? '', isLast: (choice?.finish_reason ?? null) !== null }
}

/** `{"error":{"message":…}}` in most servers. */
function reasonOf(body: string): string {
  let reason = body
  try {
    const { error } = JSON.parse(body) as { error?: { message?: string } | string }
    reason = (typeof error === 'string' ? error : error?.message) ?? body
  } catch {
    // Then it is text for people.
  }
  return reason.slice(0, longestReason)
}

const wordMs = 40

/** Takes the model's place where none is configured, and says so. */
export const standIn: Complete = async function* stand(turns, signal) {
  const { content = '' } = turns.at(-1) ?? {}
  const answer =
    'I am a stand-in, for no language model is configured. Start the stack with ASSISTANT_URL (such as ' +
    `http://127.0.0.1:11434/v1), ASSISTANT_MODEL and, where it needs one, ASSISTANT_KEY. This is message ${turns.length} of our ` +
    `conversation, and you said: ${content}`
  for (const word of answer.split(/(?<= )/)) {
    await new Promise((resolve) => setTimeout(resolve, wordMs))
    if (signal.aborted) return
    yield word
  }
}
