// The runner of `npm test`: the checks, then all tests against one real Kafka and one real Redis of its own.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { StackFailure } from '../cli/stack/failure.ts'
import { runChecks } from './support/checks.ts'
import { runTests } from './support/run-tests.ts'
import { testFiles } from './support/test-files.ts'

const usage = `npm test                            all checks, then all tests
npm run check                       the checks alone
npm test -- --tests-only            the tests alone
npm test -- test/gateway/broker     the tests of these folders or files alone
npm test -- --test-name-pattern=x   the tests whose name matches alone
`

const root = join(import.meta.dirname, '..')

async function main(signal: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'checks-only': { type: 'boolean', default: false },
      'tests-only': { type: 'boolean', default: false },
      'test-name-pattern': { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  for (const path of positionals) {
    if (!existsSync(path)) throw new StackFailure(`There is no ${path}. Usage:\n${usage}`)
  }
  const patterns = values['test-name-pattern']
  const selective = positionals.length > 0 || patterns.length > 0
  if (!values['tests-only'] && !selective) {
    const failed = await runChecks(root, signal)
    if (failed.length > 0) {
      process.stdout.write(`\nFailed: ${failed.join(', ')}. No test was run.\n`)
      return 1
    }
  }
  if (values['checks-only'] || signal.aborted) return 0
  const files = testFiles(root, positionals)
  return (await runTests(files, { patterns, signal })) ? 0 : 1
}

/** Kills what is left of our own child processes; on Linux, elsewhere they end with their pipes. */
function endChildren(): void {
  const list = `/proc/${process.pid}/task/${process.pid}/children`
  if (!existsSync(list)) return
  for (const pid of readFileSync(list, 'utf8').split(' ').map(Number))
    if (pid > 0) process.kill(pid, 'SIGKILL')
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort())

try {
  process.exitCode = await main(interrupted.signal)
} catch (error) {
  process.stdout.write(
    `\n${error instanceof StackFailure ? error.message : String((error as Error).stack)}\n`,
  )
  process.exitCode = 1
}
if (interrupted.signal.aborted) process.exitCode = 130
// A test file that was given up but does not heed its end would keep us here.
endChildren()
process.exit()
