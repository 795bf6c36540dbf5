// The life of a server that we start, played by small scripts: slow, broken, stubborn, frozen and orphaned ones.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { StackFailure } from '../../../cli/stack/failure.ts'
import { isAlive } from '../../../cli/stack/jars.ts'
import type { ServerPlan } from '../../../cli/stack/server-process.ts'
import { ServerProcess } from '../../../cli/stack/server-process.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { waitFor } from '../../support/wait.ts'

/** A server that runs the shell `script` and serves once that has made the file "up". */
function create(t: TestContext, script: string, plan: Partial<ServerPlan> = {}): ServerProcess {
  const folder = temporaryFolder(t)
  const server = new ServerProcess({
    name: 'Script',
    command: '/bin/sh',
    args: () => ['-c', script],
    folder,
    logFile: join(folder, 'script.log'),
    serves: async () => existsSync(join(folder, 'up')),
    startMs: 10_000,
    stopMs: 5_000,
    ...plan,
  })
  t.after(() => server.kill())
  return server
}

test('a start comes back when the server serves, and a stop when it is gone', async (t) => {
  const server = create(t, 'sleep 0.1; touch up; exec sleep 60')
  await server.start()
  assert.ok(server.running && isAlive(server.pid))
  await server.stop()
  assert.equal(server.running, false)
  assert.equal(isAlive(server.pid), false)
})

test('a server that ends while starting fails with its last words', async (t) => {
  let crashes = 0
  const server = create(t, 'for i in 1 2 3; do echo line $i; done; exit 7', { onCrash: () => (crashes += 1) })
  await assert.rejects(
    server.start(),
    /Script ended while it was starting \(7\)\..*\nline 1\nline 2\nline 3$/,
  )
  assert.equal(crashes, 0)
})

test('what the log says can be explained better, from the last run alone', async (t) => {
  const explain = (lines: string) => (lines.includes('boom') ? 'It went boom.' : undefined)
  const server = create(t, '[ -e second ] && exit 3; touch second; echo boom; exit 2', { explain })
  await assert.rejects(server.start(), /^StackFailure: It went boom\./)
  await assert.rejects(server.start(), /^StackFailure: Script ended while it was starting \(3\)/)
})

test('a program that is not there fails at once', async (t) => {
  const server = create(t, '', { command: '/no/such/program' })
  await assert.rejects(server.start(), /Script ended while it was starting/)
})

test('a server that never serves is ended at its deadline', async (t) => {
  const server = create(t, 'echo thinking; exec sleep 60', { startMs: 200 })
  await assert.rejects(server.start(), /did not serve within 0\.2 s.*\nthinking/)
  assert.equal(server.running, false)
})

test('a start can be called off', async (t) => {
  const server = create(t, 'exec sleep 60')
  const callOff = new AbortController()
  const starting = server.start(callOff.signal)
  callOff.abort()
  await assert.rejects(starting, /Stopped while starting Script/)
  assert.equal(isAlive(server.pid), false)
})

test('one that does not heed a stop is killed when its time is over', async (t) => {
  const server = create(t, `trap '' TERM; touch up; while :; do sleep 0.05; done`, { stopMs: 200 })
  await server.start()
  await server.stop()
  assert.equal(isAlive(server.pid), false)
})

test('a frozen server still stops in order', async (t) => {
  const folder = temporaryFolder(t)
  const server = create(
    t,
    `trap 'echo bye > ${folder}/bye; exit 0' TERM; touch up; while :; do sleep 0.02; done`,
  )
  await server.start()
  server.signal('SIGSTOP')
  await server.stop()
  assert.ok(existsSync(join(folder, 'bye')))
})

test('an unexpected end is told once, with the reason; a kill by us is not', async (t) => {
  const failures: StackFailure[] = []
  const server = create(t, 'touch up; exec sleep 60', {
    onCrash: (failure) => failures.push(failure),
  })
  await server.start()
  await server.kill()
  await server.restart()
  process.kill(server.pid, 'SIGKILL')
  await waitFor(() => failures.length > 0)
  assert.match(failures.map(String).join(), /^StackFailure: Script ended unexpectedly \(SIGKILL\)\.$/)
})

test('the log of the previous process of ours is kept once', async (t) => {
  const folder = temporaryFolder(t)
  const logFile = join(folder, 'script.log')
  for (const word of ['first', 'second']) {
    const server = create(t, `echo ${word}; touch up; exec sleep 60`, { logFile })
    await server.start()
    await server.stop()
  }
  assert.equal(readFileSync(`${logFile}.1`, 'utf8'), 'first\n')
  assert.equal(readFileSync(logFile, 'utf8'), 'second\n')
})

test('no server outlives a parent that was killed, not even a stubborn or frozen one', async (t) => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'orphaning.ts'), temporaryFolder(t)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => parent.kill('SIGKILL'))
  const pids: number[] = []
  for await (const line of createInterface({ input: parent.stdout })) {
    pids.push(Number(line))
    if (pids.length === 2) break
  }
  assert.ok(pids.every(isAlive), String(pids))
  parent.kill('SIGKILL')
  await waitFor(() => !pids.some(isRunning), {
    timeoutMs: 30_000,
    describe: `the end of ${pids.join(' and ')}`,
  })
})

/** A process that has ended but that nobody has collected yet is not running. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false
  return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}
