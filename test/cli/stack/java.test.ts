// Finding a Java: what is taken, what is passed over, and what is said when there is none.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { StackFailure } from '../../../cli/stack/failure.ts'
import { findJava, oldestJava, toRelease } from '../../../cli/stack/java.ts'
import { temporaryFolder, writeProgram } from '../../support/folders.ts'

const says = (version: string) => `echo 'openjdk version "${version}" 2025-01-01' >&2`

test('the Java of this machine is found and new enough', async () => {
  const java = await findJava(process.env)
  assert.ok(java.release >= oldestJava, JSON.stringify(java))
})

test('without any Java the failure says what to install and what to set instead', async () => {
  await assert.rejects(findJava({ PATH: '/nowhere' }), (error) => {
    assert.ok(error instanceof StackFailure)
    assert.match(error.message, /needs Java 17 or newer/)
    assert.match(error.message, /apt install openjdk-17-jre-headless/)
    assert.match(error.message, /OPENCLAW_KAFKA_BROKERS/)
    return true
  })
})

test('a Java that is too old and one that does not run are named in the failure', async (t) => {
  const old = writeProgram(join(temporaryFolder(t), 'bin'), 'java', says('1.8.0_402'))
  const broken = writeProgram(temporaryFolder(t), 'java', 'exit 1')
  const env = { PATH: `${join(broken, '..')}:${join(old, '..')}` }
  await assert.rejects(findJava(env), (error) => {
    assert.ok(error instanceof StackFailure)
    assert.ok(error.message.includes(`${broken} does not run`), error.message)
    assert.ok(error.message.includes(`${old} is Java 1.8.0_402`), error.message)
    return true
  })
})

test('JAVA_HOME comes first, and a bad one does not hide a good one in PATH', async (t) => {
  const home = temporaryFolder(t)
  const path = temporaryFolder(t)
  writeProgram(path, 'java', says('21.0.1'))
  const atHome = writeProgram(join(home, 'bin'), 'java', says('25'))
  assert.deepEqual(await findJava({ JAVA_HOME: home, PATH: path }), {
    path: atHome,
    release: 25,
    version: '25',
  })
  writeProgram(join(home, 'bin'), 'java', 'exit 127')
  assert.equal((await findJava({ JAVA_HOME: home, PATH: path })).release, 21)
})

test('releases are read from old and new version numbers', () => {
  const releases = ['1.8.0_402', '11.0.2', '17', '17.0.15', '24-ea', '21.0.3+9'].map(toRelease)
  assert.deepEqual(releases, [8, 11, 17, 17, 24, 21])
})
