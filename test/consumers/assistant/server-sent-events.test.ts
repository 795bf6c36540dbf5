// Server-sent events, cut at every place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataOf } from '../../../consumers/assistant/server-sent-events.ts'

async function read(pieces: readonly Uint8Array[]): Promise<readonly string[]> {
  const all: string[] = []
  for await (const data of dataOf(pieces)) all.push(data)
  return all
}

const text =
  ': a comment\r\n\r\ndata: Grüß 👋\r\n\r\nid: 7\r\nevent: x\r\ndata:one\ndata: two\n\n\r\rdata: {"a":"\\r\\n"}\r\rdata:\n\ndata: last'
const expected = ['Grüß 👋', 'one\ntwo', '{"a":"\\r\\n"}', '', 'last']

test('events are the same wherever the stream is cut', async () => {
  const bytes = Buffer.from(text)
  assert.deepEqual(await read([bytes]), expected)
  assert.deepEqual(await read([...bytes].map((byte) => Uint8Array.of(byte))), expected)
  for (let at = 1; at < bytes.length; at += 1)
    assert.deepEqual(await read([bytes.subarray(0, at), bytes.subarray(at)]), expected, `cut at ${at}`)
})

test('an event that does not end is an error before it fills the memory', async () => {
  const endless = Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, 'a'))
  await assert.rejects(read([Buffer.from('data: '), ...endless]), /does not end/)
  const lines = Array.from({ length: 40 }, () => Buffer.from(`data: ${'a'.repeat(64 * 1024)}\n`))
  await assert.rejects(read(lines), /does not end/)
})
