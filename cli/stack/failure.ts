// The one error this room throws on purpose: a sentence for the person at the terminal, to be printed without a stack trace.

/** What went wrong and what to do about it, in words. `detail` holds log lines that explain it, if there are any. */
export class StackFailure extends Error {
  override readonly name = 'StackFailure'
  readonly detail: string | undefined

  constructor(sentence: string, detail?: string) {
    super(detail === undefined || detail === '' ? sentence : `${sentence}\n${detail}`)
    this.detail = detail
  }
}

/** Throws a StackFailure once `signal` has been aborted by the caller. */
export function stopIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted) throw new StackFailure(`Stopped while ${doing}.`)
}
