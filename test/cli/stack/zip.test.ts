// Reading jars without unzip.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cacheDirOf, fetchJars, jarCalled } from '../../../cli/stack/jars.ts'
import { binaryOf } from '../../../cli/stack/redis-binary.ts'
import { listZip, readZip } from '../../../cli/stack/zip.ts'
import { temporaryFolder } from '../../support/folders.ts'

const redisJar = async () =>
  jarCalled(await fetchJars({ cacheDir: cacheDirOf(process.env), env: process.env }), 'embedded-redis')

test('the jar with a Redis has exactly one for each system that is promised', async () => {
  const names = await listZip(await redisJar())
  for (const [platform, arch] of [
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'x64'],
    ['darwin', 'arm64'],
  ] as const) {
    const fitting = names.filter((name) => binaryOf(platform, arch).test(name))
    assert.equal(fitting.length, 1, `${platform} ${arch}: ${fitting.join(' ')}`)
  }
})

test('a file is unpacked whole', async () => {
  const jar = await redisJar()
  const name = (await listZip(jar)).find((each) => binaryOf('linux', 'x64').test(each)) ?? ''
  const bytes = await readZip(jar, name)
  assert.equal(bytes.length, 9_701_528)
  assert.equal(bytes.toString('latin1', 1, 4), 'ELF')
})

test('a missing file and a jar that is cut off are errors', async (t) => {
  const jar = await redisJar()
  await assert.rejects(readZip(jar, 'no-such-file'), /has no no-such-file/)
  const half = join(temporaryFolder(t), 'half.jar')
  const whole = readFileSync(jar)
  writeFileSync(half, whole.subarray(0, whole.length / 2))
  await assert.rejects(listZip(half), /not a whole zip archive/)
})
