// reference: docs/configuration.md says exactly what the table of settings says.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fields, pathText } from '../../../gateway/config/fields.ts'
import { reference } from '../../../gateway/config/reference.ts'

test('every setting and its variable stand in the reference', () => {
  const text = reference()
  for (const { path, variable } of fields) {
    assert.ok(text.includes(`\`${pathText(path)}\``) && text.includes(variable ?? ''), pathText(path))
  }
})

test('docs/configuration.md is what ./openclaw print-config --reference prints', () => {
  const file = join(import.meta.dirname, '../../../docs/configuration.md')
  const written = readFileSync(file, 'utf8')
  assert.ok(written === reference(), 'run: ./openclaw print-config --reference > docs/configuration.md')
})
