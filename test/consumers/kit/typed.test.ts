// Payloads with a schema: the handler gets messages, replies are messages, and what does not fit is no TypeScript.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { create, fromBinary, toBinary, toJsonString } from '@bufbuild/protobuf'
import type { Backend } from '../../../consumers/kit/backend.ts'
import { MessageSchema, TypingSchema } from '../../../schemas/gen/openclaw/examples/chat/v1/chat_pb.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld } from './world.ts'

const said = create(MessageSchema, { room: 'r', text: 'hi', number: 9_007_199_254_740_993n })

describe('a backend with schemas', () => {
  it('gets messages from JSON and from protobuf, answers in kind, and puts aside what is none', async (t) => {
    const { kafka, topic, backend } = await createWorld(t)
    const slot = randomName('slot')
    await kafka.createTopics([{ topic: slot }])
    const headers = { ce_replyto: slot, ce_session: 's' }
    await kafka.send(topic, [
      {
        key: 'k',
        value: toJsonString(MessageSchema, said),
        headers: { ...headers, 'content-type': 'application/json' },
      },
      {
        key: 'k',
        value: Buffer.from(toBinary(MessageSchema, said)),
        headers: {
          ...headers,
          'content-type': 'application/protobuf',
          ce_dataschema: `proto:${MessageSchema.typeName}`,
        },
      },
      { key: 'k', value: '{"room": 1}', headers: { ...headers, 'content-type': 'application/json' } },
      { key: 'k', value: 'hi', headers: { ...headers, 'content-type': 'text/plain' } },
    ])
    const [replies, dead] = [await kafka.read(slot), await kafka.read(`${topic}.dead`)]
    const seen: unknown[] = []
    await backend().consume({ topic, schema: MessageSchema, replies: TypingSchema }, async (received) => {
      seen.push([received.message.text, received.message.number])
      await received.reply({ room: received.message.room, typing: true })
    })
    await waitFor(() => replies.length === 2 && dead.length === 2)
    assert.deepEqual(seen, [
      ['hi', 9_007_199_254_740_993n],
      ['hi', 9_007_199_254_740_993n],
    ])
    assert.deepEqual(JSON.parse(replies[0]?.text ?? ''), { room: 'r', typing: true })
    assert.equal(fromBinary(TypingSchema, replies[1]?.value ?? Buffer.alloc(0)).room, 'r')
    assert.equal(replies[1]?.headers['content-type'], 'application/protobuf')
    assert.equal(replies[1]?.headers['ce_dataschema'], `proto:${TypingSchema.typeName}`)
    assert.match(dead[0]?.headers['dead_reason'] ?? '', /no openclaw\.examples\.chat\.v1\.Message: .*room/)
    assert.match(dead[1]?.headers['dead_reason'] ?? '', /text\/plain cannot be/)
    assert.equal(dead[0]?.headers['dead_attempts'], '1')
  })

  it('does not compile with a field that the schema does not have', () => {
    const neverRun = (backend: Backend) =>
      backend.consume({ topic: 't', schema: MessageSchema, replies: TypingSchema }, async (received) => {
        // @ts-expect-error: a message has no such field
        assert.ok(received.message.txt)
        // @ts-expect-error: nor has the reply
        await received.reply({ room: 'r', typingg: true })
        // @ts-expect-error: a field of another type
        await received.reply({ room: 7 })
        // @ts-expect-error: each of several replies is one, too
        await received.replyEach([{ room: 7 }])
        await received.reply({ any: 'thing' }, { error: 'failed' })
      })
    assert.equal(typeof neverRun, 'function')
  })
})
