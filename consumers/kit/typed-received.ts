// Makes a record with bytes one with messages.
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf'
import type { Value } from './payload.ts'
import type { Received, ReplyOptions } from './received.ts'
import type { TypedReceived, TypedSource } from './source.ts'
import { toReplies } from './streamed.ts'
import { formOf, readMessage, writeMessage } from './typed.ts'

/** Throws Unprocessable where the payload is no such message. */
export function toTyped<D extends DescMessage, R extends DescMessage | undefined>(
  received: Received,
  { schema, replies, replyAs }: TypedSource<D, R>,
): TypedReceived<D, R> {
  const contentType = received.headers['content-type']
  const message = readMessage(schema, received.value, contentType)
  const reply = (value: unknown, options: ReplyOptions = {}) => {
    if (replies === undefined || options.error !== undefined) return received.reply(value as Value, options)
    const written = writeMessage(
      replies,
      value as MessageInitShape<NonNullable<R>>,
      replyAs ?? formOf(contentType) ?? 'json',
    )
    const { contentType: type, dataSchema } = written
    return received.reply(written.value, { contentType: type, ...options, dataSchema } as ReplyOptions)
  }
  return {
    ...received,
    message,
    reply,
    async replyEach(values: AsyncIterable<unknown> | Iterable<unknown>, options: { last?: unknown } = {}) {
      for await (const { value, more } of toReplies(values, options, received.signal))
        await reply(value, { more })
    },
  } as TypedReceived<D, R>
}
