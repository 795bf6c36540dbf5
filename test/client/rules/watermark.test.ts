// The mark up to which all is handled, and what is kept of a session between connections.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Watermark } from '../../../client/rules/watermark.ts'

test('the mark passes only what is handled with all before it', () => {
  const watermark = new Watermark()
  const [a, b, c] = ['a', 'b', 'c'].map((position) => watermark.add(position))
  assert.ok(a && b && c)
  assert.equal(watermark.done(b), undefined)
  assert.equal(watermark.done(a), 'b')
  assert.equal(watermark.size, 1)
  assert.equal(watermark.done(c), 'c')
})

test('what belongs to an earlier session moves nothing', () => {
  const watermark = new Watermark()
  const old = watermark.add('old')
  watermark.clear()
  const now = watermark.add('new')
  assert.equal(watermark.done(old), undefined)
  assert.equal(watermark.done(now), 'new')
})
