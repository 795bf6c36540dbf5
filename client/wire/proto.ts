// The subprotocol openclaw.v1.proto: binary messages, each one frame of frames.proto. Loaded only where it is asked for.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  ClientFrameSchema,
  type ServerFrame as Received,
  ServerFrameSchema,
} from '../../schemas/gen/openclaw/v1/frames_pb.ts'
import { bytesOf, toBytes, valueOf } from './content.ts'
import { BadFrame, type ClientFrame, type Codec, type JsonText, type Sending } from './frames.ts'
import { toServerFrame } from './read.ts'

type Init = MessageInitShape<typeof ClientFrameSchema>

const toFields = (frame: Sending, json: JsonText): object => {
  const { sequence, contentType } = frame
  const bytes = bytesOf(frame)
  return {
    ...frame,
    sequence: sequence === undefined ? undefined : BigInt(sequence),
    payload: bytes ?? new TextEncoder().encode(json.stringify(frame.payload)),
    contentType: contentType ?? (bytes === undefined ? 'application/json' : undefined),
  }
}

const parse = (data: unknown): Received['kind'] => {
  const bytes = toBytes(data)
  if (bytes === undefined) throw new BadFrame('a text message where binary was agreed on')
  try {
    return fromBinary(ServerFrameSchema, bytes).kind
  } catch {
    throw new BadFrame('a message that is not a protobuf ServerFrame')
  }
}

export const protoCodec = (json: JsonText): Codec => ({
  subprotocol: 'openclaw.v1.proto',
  encode(frame: ClientFrame) {
    const { kind, ...fields } = frame
    const isSending = kind === 'publish' || kind === 'request'
    const value = isSending ? toFields(fields as Sending, json) : fields
    return toBinary(ClientFrameSchema, create(ClientFrameSchema, { kind: { case: kind, value } } as Init))
  },
  decode(data) {
    const { case: kind, value } = parse(data)
    if (kind === undefined) return undefined
    const { payload, contentType } = value as { payload?: Uint8Array; contentType?: string }
    return toServerFrame(kind, value, () => valueOf(payload ?? new Uint8Array(), contentType ?? '', json))
  },
})
