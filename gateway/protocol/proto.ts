// The subprotocol openclaw.v1.proto: binary frames, each one ClientFrame or ServerFrame of frames.proto.
import { fromBinary } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import type { ClientFrame as ClientFrameMessage } from '#schemas/frames_pb.ts'
import { ClientFrameSchema } from '#schemas/frames_pb.ts'
import type { Faults, Fields } from './check.ts'
import * as check from './check.ts'
import { readClientFrame } from './client-frames.ts'
import type { BadFrame, ClientFrame, Codec, Payload } from './frames.ts'
import { idPattern } from './frames.ts'
import { encodeProto } from './proto-encode.ts'

const bad = (message: string, id?: unknown): BadFrame =>
  typeof id === 'string' && idPattern.test(id)
    ? { code: 'invalid-frame', message, id }
    : { code: 'invalid-frame', message }

/** Field 1 of a frame of a kind that is not known here: by the rule of frames.proto, its id if it has one. */
const idOfUnknown = ({ $unknown }: ClientFrameMessage): string | undefined => {
  const field = $unknown?.findLast(({ wireType }) => wireType === WireType.LengthDelimited)
  if (field === undefined) return undefined
  try {
    const fields = new BinaryReader(new BinaryReader(field.data).bytes())
    while (fields.pos < fields.len) {
      const [number, wireType] = fields.tag()
      if (number === 1 && wireType === WireType.LengthDelimited) return fields.string()
      fields.skip(wireType, number)
    }
  } catch {
    // Not a message: then it has no id either.
  }
  return undefined
}

const readPayload = (given: Fields, faults: Faults): Payload => {
  const { payload } = given
  if (!(payload instanceof Uint8Array)) faults.first ??= 'payload: is required'
  const bytes = payload instanceof Uint8Array ? payload : new Uint8Array()
  return {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    contentType: check.contentType(faults, given.contentType) ?? 'application/octet-stream',
  }
}

const parse = (bytes: Buffer): ClientFrameMessage | undefined => {
  try {
    return fromBinary(ClientFrameSchema, bytes)
  } catch {
    return undefined
  }
}

const decode = (bytes: Buffer, binary: boolean): ClientFrame | BadFrame => {
  if (!binary) return { ...bad('expected a binary frame: this subprotocol is protobuf'), fatal: true }
  const message = parse(bytes)
  if (message === undefined) return bad('expected the protobuf message openclaw.v1.ClientFrame')
  const { kind } = message
  if (kind.case === undefined) return bad('no frame in it, or unknown kind of frame', idOfUnknown(message))
  const fields: Fields = kind.value
  const faults: Faults = {}
  const frame = readClientFrame(kind.case, fields, faults, () => readPayload(fields, faults))
  return faults.first === undefined ? frame : bad(`${kind.case}.${faults.first}`, fields.id)
}

export const protoCodec: Codec = { subprotocol: 'openclaw.v1.proto', decode, encode: encodeProto }
