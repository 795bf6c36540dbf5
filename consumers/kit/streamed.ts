// Several replies to one request: which of them is the last.

/** One value of the answer; `more` as `ce_more` has it. */
export type Part<T> = { readonly value: T; readonly more: boolean }

/**
 * With `last` each value goes out as it comes, and `last` ends the answer. Without it a value waits for the next, for only
 * then it is known not to be the last. Ends early, without a last one, when `signal` aborts. Throws where there is nothing to say.
 */
export async function* toReplies<T>(
  values: AsyncIterable<T> | Iterable<T>,
  options: { readonly last?: T },
  signal: AbortSignal,
): AsyncGenerator<Part<T>, void, undefined> {
  const held: T[] = []
  for await (const value of values) {
    if (signal.aborted) return
    if ('last' in options) yield { value, more: true }
    else {
      held.push(value)
      if (held.length > 1) yield { value: held.shift() as T, more: true }
    }
  }
  if (signal.aborted) return
  if ('last' in options) yield { value: options.last as T, more: false }
  else if (held.length === 1) yield { value: held[0] as T, more: false }
  else throw new Error('an answer of no values: give one, or the option last')
}
