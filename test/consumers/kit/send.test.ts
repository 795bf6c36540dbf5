// Whom a delivery is for is written the way schemas/TOPICS.md says.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toDelivery, toTargetText } from '../../../consumers/kit/send.ts'

const topics = { dispatch: 'openclaw.dispatch', channels: 'openclaw.channels' }

describe('a delivery', () => {
  it('names its target, which is its key too, and goes through dispatch', () => {
    const { topic, key, value, headers } = toDelivery({ user: 'alice' }, { a: 1 }, { id: 'i' }, topics)
    assert.equal(topic, 'openclaw.dispatch')
    assert.equal(key, 'user:alice')
    assert.equal(value?.toString(), '{"a":1}')
    assert.deepEqual(headers, { ce_to: 'user:alice', ce_id: 'i', 'content-type': 'application/json' })
  })

  it('goes to the channels topic when it is for channels only', () => {
    const topicOf = (...targets: Parameters<typeof toTargetText>[0][]) =>
      toDelivery(targets, '', {}, topics).topic
    assert.equal(topicOf({ channel: 'news' }, { channel: 'sport' }), 'openclaw.channels')
    assert.equal(topicOf({ channel: 'news' }, { user: 'alice' }), 'openclaw.dispatch')
    assert.equal(topicOf({ everyone: true }), 'openclaw.dispatch')
  })

  it('keeps targets apart whatever is in their names', () => {
    assert.equal(toTargetText({ user: 'a,user:b' }), 'user:a%2Cuser:b')
    assert.equal(toTargetText({ session: '100%' }), 'session:100%25')
    const { headers } = toDelivery([{ user: 'a,b' }, { user: 'c' }, { everyone: true }], '', {}, topics)
    assert.equal(headers['ce_to'], 'user:a%2Cb,user:c,everyone')
  })

  it('carries every option in its header', () => {
    const { headers } = toDelivery(
      { session: 's' },
      Buffer.from('x'),
      {
        type: 'order.shipped',
        tenant: 'acme',
        id: 'order-81',
        receipt: 'written',
        expiresAt: Date.UTC(2026, 2, 1),
        conflationKey: 'EURUSD',
        except: 's2',
        headers: { 'x-shop': 'de' },
        trace: '00-1-2-01',
        contentType: 'image/png',
      },
      topics,
    )
    assert.deepEqual(headers, {
      'x-shop': 'de',
      ce_to: 'session:s',
      ce_id: 'order-81',
      ce_type: 'order.shipped',
      ce_tenant: 'acme',
      ce_receipt: 'written',
      ce_expirytime: '2026-03-01T00:00:00.000Z',
      ce_conflationkey: 'EURUSD',
      ce_except: 'session:s2',
      'content-type': 'image/png',
      traceparent: '00-1-2-01',
    })
  })

  it('needs a target, and takes no header that is the gateway’s', () => {
    assert.throws(() => toDelivery([], '', {}, topics), TypeError)
    assert.throws(() => toDelivery({ user: 'a' }, '', { headers: { ce_tenant: 'b' } }, topics), TypeError)
  })

  it('has no content type for bytes, so that the gateway looks at them', () => {
    assert.ok(!('content-type' in toDelivery({ user: 'a' }, Buffer.from('{}'), {}, topics).headers))
  })
})
