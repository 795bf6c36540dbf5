// What is written to a stream in one turn goes out together.
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { Flush } from '../../../gateway/server/flush.ts'

/** A stream that notes how many chunks came with each write to it. */
function counted() {
  const writes: number[] = []
  const stream = new Writable({
    write: (_chunk, _encoding, done) => {
      writes.push(1)
      done()
    },
    writev: (chunks, done) => {
      writes.push(chunks.length)
      done()
    },
  })
  return { stream, writes }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('the writes of one turn are one, those of the next another', async () => {
  const flush = new Flush()
  const { stream, writes } = counted()
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 3; n++) {
      flush.soon(stream)
      stream.write(Buffer.from('x'))
    }
    assert.equal(writes.length, round)
    await turn()
  }
  assert.deepEqual(writes, [3, 3])
})

test('a stream that was destroyed meanwhile is left alone, the others are flushed', async () => {
  const flush = new Flush()
  const [gone, stays] = [counted(), counted()]
  for (const { stream } of [gone, stays]) {
    flush.soon(stream)
    stream.write(Buffer.from('x'), () => undefined)
  }
  gone.stream.on('error', () => undefined)
  gone.stream.destroy()
  await turn()
  assert.deepEqual([gone.writes, stays.writes], [[], [1]])
})
