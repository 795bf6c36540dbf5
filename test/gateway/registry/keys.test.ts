// Names and values of the registry are exact, collide never, and can be read back.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  escapePart,
  toBase,
  toEntry,
  toOwner,
  toWords,
  unescapePart,
} from '../../../gateway/registry/keys.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 12 })
const brokenText = fc
  .array(fc.integer({ min: 0xd7fe, max: 0xe001 }), { maxLength: 4 })
  .map((units) => String.fromCharCode(...units))
const text = fc.oneof(anyText, brokenText, fc.constantFrom('', '/', '%', '%uD800', 'a/b', '{x}', ' '))

describe('registry keys', () => {
  it('begin with the prefix and the cluster as hash tag', () => {
    assert.equal(toBase('openclaw', 'main'), 'openclaw:{main}:')
  })

  it('name an owner as the documentation says', () => {
    assert.equal(toOwner('acme', 'alice'), 'acme/alice')
    assert.equal(toOwner('', 'alice@example.com'), '/alice%40example.com')
    assert.equal(toOwner('acme', undefined), 'acme')
    assert.equal(toOwner('acme', ''), 'acme/')
  })

  it('escape any text reversibly, into letters that separate nothing', () => {
    fc.assert(
      fc.property(text, (given) => {
        const part = escapePart(given)
        assert.match(part, /^[A-Za-z0-9_.!~*'()%-]*$/)
        assert.equal(unescapePart(part), given)
      }),
    )
  })

  it('read an entry back from its words', () => {
    const place = fc.record({ slot: fc.nat(4_095), epoch: fc.nat(), generation: fc.nat() })
    fc.assert(
      fc.property(text, text, fc.option(text, { nil: undefined }), place, (session, tenant, user, where) => {
        const entry = { session, tenant, ...where, ...(user === undefined ? {} : { user }) }
        assert.deepEqual(toEntry(toWords(entry).map(String)), entry)
      }),
    )
  })
})
