// What runs is what the lock file names: exact versions with their hashes, each library with its reason in docs/security.md.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')

type Locked = {
  readonly version?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly link?: boolean
}
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }

test('each library is named in one version, which is the one in the lock file', () => {
  for (const [name, version] of Object.entries(dependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name)
    assert.equal(packages[`node_modules/${name}`]?.version, version, name)
  }
})

test('everything that runs has a hash, and comes from a registry', () => {
  for (const [where, { integrity, dev, link }] of Object.entries(packages)) {
    if (where === '' || dev === true) continue
    assert.match(integrity ?? '', /^sha512-/, where)
    assert.notEqual(link, true, where)
  }
})

test('docs/security.md says of each library what it is for, and of no other', () => {
  const page = read('docs/security.md')
  const section = page.slice(page.indexOf('## Libraries'), page.indexOf('## The checklist'))
  const named = [...section.matchAll(/^\|([^|]+)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  )
  assert.deepEqual(new Set(named), new Set(Object.keys(dependencies)))
})
