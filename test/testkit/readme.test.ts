// The examples of the test kit's README are those that run.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('each example of the README stands in the test that runs it', () => {
  const examples = [...read('testkit/README.md').matchAll(/^```ts\n(test\(.*?)^```/gms)].map(
    ([, code]) => code,
  )
  const run = read('test/testkit/examples.test.ts')
  assert.equal(examples.length, 3)
  for (const code of examples) assert.ok(run.includes(code as string), code)
})
