// How a connection speaks: an enveloped subprotocol by its codec, or raw, where a message is a bare payload.
import type { BadFrame, ClientFrame, Codec, Encoded, ServerFrame } from '../protocol/frames.ts'
import { decodeRaw, encodeRaw } from '../protocol/raw.ts'
import { rawSubprotocol } from '../protocol/subprotocols.ts'

export type Dialect = {
  /** False for raw: no hello, no acks, refusals end the connection. */
  readonly enveloped: boolean
  readonly name: string
  readonly subprotocol: string
  decode(bytes: Buffer, binary: boolean): ClientFrame | BadFrame
  /** Undefined for a frame that this dialect does not show. */
  encode(frame: ServerFrame): Encoded | undefined
}

export const envelopedDialect = (codec: Codec): Dialect => ({
  enveloped: true,
  name: codec.subprotocol,
  subprotocol: codec.subprotocol,
  decode: (bytes, binary) => codec.decode(bytes, binary),
  encode: (frame) => codec.encode(frame),
})

const protobuf = 'application/protobuf'

/** `binaryContentType` is what the route says binary messages are; whose messages are protobuf are shown protobuf. */
export const rawDialect = (binaryContentType: string): Dialect => ({
  enveloped: false,
  // What is encoded once for a name must be right for all who have it.
  name: binaryContentType === protobuf ? 'raw+protobuf' : 'raw',
  subprotocol: rawSubprotocol,
  decode: (bytes, binary) => ({ kind: 'publish', payload: decodeRaw(bytes, binary, binaryContentType) }),
  encode: (frame) =>
    frame.kind === 'message' || frame.kind === 'reply'
      ? encodeRaw(frame.payload, binaryContentType === protobuf)
      : undefined,
})
