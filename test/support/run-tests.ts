// Runs test files through node's own test runner against one Kafka and one Redis, and reports them as one run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { spec } from 'node:test/reporters'
import type { StackFailure } from '../../cli/stack/failure.ts'
import { freePorts } from '../../cli/stack/ports.ts'
import { createProgress } from '../../cli/stack/progress.ts'
import type { Stack } from '../../cli/stack/stack.ts'
import { startStack } from '../../cli/stack/stack.ts'
import type { PoolOptions } from './file-pool.ts'
import { runPool } from './file-pool.ts'
import type { TestFiles } from './test-files.ts'

export type RunTestsOptions = {
  /** Only tests whose name matches one of these; all if there are none. */
  readonly patterns: readonly string[]
  readonly signal: AbortSignal
}

/** Milliseconds one file may take. */
const parallelFileMs = 120_000
const serialFileMs = 300_000

type Counts = {
  tests: number
  suites: number
  passed: number
  failed: number
  cancelled: number
  skipped: number
  todo: number
}

/** Runs the files and answers whether all is well. The stack is stopped before the summary is printed. */
export async function runTests(files: TestFiles, options: RunTestsOptions): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-test-'))
  const since = performance.now()
  const counts: Counts = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 }
  process.stdout.write('\n== Kafka and Redis\n')
  try {
    const broken = new AbortController()
    const signal = AbortSignal.any([options.signal, broken.signal])
    const stack = await startTestStack(folder, signal, () => broken.abort())
    const parallel = { patterns: options.patterns, signal, concurrency: 2, fileMs: parallelFileMs }
    const serial = { ...parallel, concurrency: 1, fileMs: serialFileMs }
    async function* events() {
      try {
        yield* runFiles('tests', files.parallel, parallel, counts)
        yield* runFiles('system tests, one after the other', files.serial, serial, counts)
      } finally {
        await stack.stop()
      }
      yield* summary(counts, performance.now() - since)
    }
    await pipeline(Readable.from(events()), new spec(), process.stdout, { end: false })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return counts.failed === 0 && counts.cancelled === 0 && counts.tests > 0 && !options.signal.aborted
}

async function startTestStack(folder: string, signal: AbortSignal, giveUp: () => void): Promise<Stack> {
  const [kafkaPort = 0, redisPort = 0] = await freePorts(2)
  const onProgress = createProgress(process.stdout)
  const onCrash = (failure: StackFailure) => {
    process.stdout.write(`\n${failure.message}\n`)
    giveUp()
  }
  const common = { kafkaPort, redisPort, dataDir: folder, persistent: false, portVariables: {} }
  const stack = await startStack({ ...common, keepClasses: true, onProgress, onCrash, signal })
  process.env['OPENCLAW_TEST_KAFKA'] = stack.brokers.join(',')
  process.env['OPENCLAW_TEST_REDIS'] = stack.redisUrl
  return stack
}

async function* runFiles(heading: string, files: readonly string[], pool: PoolOptions, counts: Counts) {
  if (files.length === 0 || pool.signal.aborted) return
  process.stdout.write(`\n== ${heading} (${files.length} ${files.length === 1 ? 'file' : 'files'})\n`)
  for await (const event of runPool(files, pool)) {
    // The sums of one file alone: they go into those of the whole run.
    if (event.type === 'test:diagnostic' && event.data.nesting === 0 && event.data.file === undefined)
      continue
    if (event.type === 'test:summary') {
      if (event.data.file !== undefined) continue
      for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += event.data.counts[key]
      continue
    }
    yield event
  }
}

function* summary(counts: Counts, ms: number) {
  const { tests, suites, passed, failed, cancelled, skipped, todo } = counts
  const named = {
    tests,
    suites,
    pass: passed,
    fail: failed,
    cancelled,
    skipped,
    todo,
    duration_ms: Math.round(ms),
  }
  for (const [name, count] of Object.entries(named)) {
    yield { type: 'test:diagnostic', data: { nesting: 0, message: `${name} ${count}`, level: 'info' } }
  }
}
