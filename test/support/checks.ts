// The checks that need nothing running: format, lint, types, schemas. All are run, so that all findings show at once.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

type Check = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

/** Runs every check, its output shown, and answers the names of those that failed. */
export async function runChecks(root: string, signal: AbortSignal): Promise<string[]> {
  const failed: string[] = []
  for (const check of checksOf(root)) {
    if (signal.aborted) break
    const since = performance.now()
    process.stdout.write(`\n== ${check.name}\n`)
    const good = await isGood(check, root, signal)
    process.stdout.write(`${good ? 'ok' : 'FAILED'} (${((performance.now() - since) / 1000).toFixed(1)} s)\n`)
    if (!good) failed.push(check.name)
  }
  return failed
}

function checksOf(root: string): Check[] {
  const tool = (name: string) => join(root, 'node_modules', '.bin', name)
  const checks: Check[] = [
    { name: 'format', command: tool('biome'), args: ['ci', '--linter-enabled=false', '--colors=off'] },
    { name: 'lint', command: tool('oxlint'), args: ['--type-aware', '--deny-warnings'] },
    { name: 'types', command: tool('tsc'), args: ['--noEmit'] },
  ]
  const schemas = join(root, 'test', 'schemas-check.ts')
  if (existsSync(schemas)) checks.push({ name: 'schemas', command: process.execPath, args: [schemas] })
  return checks
}

function isGood({ command, args }: Check, root: string, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', signal, killSignal: 'SIGKILL' })
  child.on('error', (error) => {
    if (!signal.aborted) process.stdout.write(`${error.message}\n`)
    resolve(false)
  })
  child.on('exit', (code) => resolve(code === 0))
  return promise
}
