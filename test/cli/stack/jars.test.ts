// The cache of jars: complete or not there, whatever happens to a download. Maven is played by a script here.
import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { StackFailure } from '../../../cli/stack/failure.ts'
import { cacheDirOf, expectedJars, fetchJars } from '../../../cli/stack/jars.ts'
import { temporaryFolder, writeProgram } from '../../support/folders.ts'
import { waitFor } from '../../support/wait.ts'

/** A Maven that "downloads" one real jar, after running `before` with $out set. */
async function playMaven(t: TestContext, before: string) {
  const folder = temporaryFolder(t)
  const real = await fetchJars({ cacheDir: cacheDirOf(process.env), env: process.env })
  const jar = readdirSync(real.folder).find((each) => each.startsWith('slf4j-api')) ?? ''
  cpSync(join(real.folder, jar), join(folder, 'one.jar'))
  writeProgram(
    folder,
    'mvn',
    `for arg; do case "$arg" in -DoutputDirectory=*) out="\${arg#*=}" ;; esac; done
     echo run >> ${folder}/runs
     echo '[INFO] Building stack 1'
     ${before}
     echo '[INFO] Downloaded from central: https://repo.example/one.jar (1 kB)'
     cp ${folder}/one.jar "$out/one.jar"
     echo '[INFO] --- dependency:copy-dependencies (default-cli) @ stack ---'`,
  )
  const cacheDir = join(temporaryFolder(t), 'cache')
  return { folder, cacheDir, env: { PATH: `${folder}:/usr/bin:/bin` } }
}

const inCache = (cacheDir: string) => (existsSync(cacheDir) ? readdirSync(cacheDir) : [])

test('the pinned versions come to the count of jars that the progress bar counts to', async () => {
  const jars = await fetchJars({ cacheDir: cacheDirOf(process.env), env: process.env })
  assert.equal(readdirSync(jars.folder).length, expectedJars)
})

test('a download is told, kept under its final name, and not repeated', async (t) => {
  const { folder, ...options } = await playMaven(t, '')
  const told: number[] = []
  const jars = await fetchJars({ ...options, onJars: (done) => told.push(done) })
  assert.deepEqual(told, [1])
  assert.deepEqual(readdirSync(jars.folder), ['one.jar'])
  writeProgram(folder, 'mvn', 'exit 1')
  assert.deepEqual(await fetchJars(options), jars)
})

test('an interrupted download leaves nothing behind and the next one succeeds', async (t) => {
  const { folder, ...options } = await playMaven(t, 'touch "$out/half.jar"; sleep 60')
  const interrupt = new AbortController()
  const fetching = fetchJars({ ...options, signal: interrupt.signal })
  await waitFor(() => existsSync(join(folder, 'runs')))
  interrupt.abort()
  await assert.rejects(fetching, /Stopped while downloading/)
  assert.deepEqual(inCache(options.cacheDir), [])
  const again = await playMaven(t, '')
  await fetchJars({ ...options, env: again.env })
  assert.equal(inCache(options.cacheDir).length, 1)
})

test('a jar that is cut off is refused, with what to delete', async (t) => {
  const { folder: _folder, ...options } = await playMaven(t, 'echo half > "$out/half.jar"')
  await assert.rejects(fetchJars(options), /half\.jar, but it is not a readable jar.*~\/\.m2\/repository/)
  assert.deepEqual(inCache(options.cacheDir), [])
})

test('the leftover of a process that was killed is removed by the next download', async (t) => {
  const { folder: _folder, ...options } = await playMaven(t, '')
  await fetchJars(options)
  const [home = ''] = inCache(options.cacheDir)
  renameSync(join(options.cacheDir, home), join(options.cacheDir, 'draft-999999999-abcd'))
  await fetchJars(options)
  assert.deepEqual(inCache(options.cacheDir), [home])
})

test('two callers of one process share one download', async (t) => {
  const { folder, ...options } = await playMaven(t, 'sleep 0.2')
  const [one, two] = await Promise.all([fetchJars(options), fetchJars(options)])
  assert.deepEqual(one, two)
  assert.equal(readFileSync(join(folder, 'runs'), 'utf8'), 'run\n')
})

test('without Maven the failure says what to install', async (t) => {
  const options = { cacheDir: temporaryFolder(t), env: { PATH: '/nowhere' } }
  await assert.rejects(fetchJars(options), (error) => {
    assert.ok(error instanceof StackFailure)
    assert.match(
      error.message,
      /no mvn in PATH.*apt install maven.*OPENCLAW_KAFKA_BROKERS and OPENCLAW_REDIS_URL/s,
    )
    return true
  })
})

test('without a network the failure says so and shows what Maven said', async (t) => {
  const { folder: _folder, ...options } = await playMaven(
    t,
    `echo '[ERROR] Could not transfer artifact a:b from central: Unknown host repo.example'; exit 1`,
  )
  await assert.rejects(fetchJars(options), (error) => {
    assert.ok(error instanceof StackFailure)
    assert.match(error.message, /Check the network, or name a mirror.*settings\.xml/s)
    assert.match(error.detail ?? '', /Unknown host repo\.example/)
    return true
  })
})

test('the cache is where OPENCLAW_CACHE says, else in the project', () => {
  assert.equal(cacheDirOf({ OPENCLAW_CACHE: '/tmp/elsewhere' }), '/tmp/elsewhere')
  assert.equal(cacheDirOf({}), join(import.meta.dirname, '..', '..', '..', '.cache'))
})
