// What an entry keeps of the memory that its record came in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toEntry } from '../../../gateway/channels/entry.ts'
import type { Message } from '../../../gateway/protocol/frames.ts'

const place = { partition: 0, offset: 7, before: 0, hash: 1 }

const entryOf = (bytes: Buffer) => {
  const message = {
    position: '0.8.1',
    channel: 'room:a',
    time: 1,
    payload: { bytes, contentType: 'application/json' },
  } as unknown as Message
  const { frame } = toEntry(place, { tenant: '', channel: 'room:a', message })
  assert.equal(frame.kind, 'message')
  return frame.kind === 'message' ? frame.payload.bytes : Buffer.alloc(0)
}

test('a small part of a large fetch does not keep the rest of it, nor a part of a pool', () => {
  const fetched = Buffer.alloc(1024 ** 2, 'x')
  const kept = entryOf(fetched.subarray(100, 200))
  assert.equal(kept.toString(), 'x'.repeat(100))
  assert.equal(kept.buffer.byteLength, 100)
})

test('what is most of its memory is kept as it is', () => {
  const fetched = Buffer.allocUnsafeSlow(1_000)
  assert.equal(entryOf(fetched.subarray(0, 900)).buffer, fetched.buffer)
})
