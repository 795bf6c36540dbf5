// Runs test files a few at a time, each under a deadline of its own, and passes on their events in the order of the files.
import { run } from 'node:test'

export type TestEvent = ReturnType<typeof run> extends AsyncIterable<infer E> ? E : never

export type PoolOptions = {
  /** How many files at a time. */
  readonly concurrency: number
  /** Milliseconds one file may take, to its last open handle. Node itself would wait for that for ever. */
  readonly fileMs: number
  /** Only tests whose name matches one of these; all if there are none. */
  readonly patterns: readonly string[]
  readonly signal: AbortSignal
}

/** The events of all files, those of one file together. Ends early, with what has been run, when it is called off. */
export async function* runPool(files: readonly string[], options: PoolOptions): AsyncGenerator<TestEvent> {
  const outcomes = files.map((file) => ({ file, ...Promise.withResolvers<TestEvent[]>() }))
  const waiting = [...outcomes]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      next.promise.catch(() => {})
      if (options.signal.aborted) next.resolve([])
      else await runFile(next.file, options).then(next.resolve, next.reject)
    }
  }
  for (let at = 0; at < options.concurrency; at += 1) void work()
  for (const { promise } of outcomes) yield* await promise
}

async function runFile(file: string, { fileMs, patterns, signal }: PoolOptions): Promise<TestEvent[]> {
  const deadline = new AbortController()
  const over = setTimeout(() => {
    deadline.abort(
      new Error(`The file did not end within ${fileMs / 1000} s: something in it is still open.`),
    )
  }, fileMs)
  const names = patterns.length > 0 ? { testNamePatterns: patterns.map((each) => new RegExp(each)) } : {}
  const events: TestEvent[] = []
  try {
    const either = AbortSignal.any([signal, deadline.signal])
    for await (const event of run({ files: [file], signal: either, ...names })) events.push(event)
  } finally {
    clearTimeout(over)
  }
  return events
}
