// The subprotocol openclaw.v1.json: text messages, one object with one key.
import { bytesOf, fromBase64, toBase64, valueOf } from './content.ts'
import { BadFrame, type ClientFrame, type Codec, type JsonText, type Sending } from './frames.ts'
import { toServerFrame } from './read.ts'

/** What is not JSON travels as base64. */
const toFields = (frame: Sending): object => {
  const { payload, sequence, ...fields } = frame
  const bytes = bytesOf(frame)
  const content = bytes === undefined ? { payload } : { data: toBase64(bytes) }
  return { ...fields, ...(sequence === undefined ? {} : { sequence: String(sequence) }), ...content }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export const jsonCodec = (json: JsonText): Codec => ({
  subprotocol: 'openclaw.v1.json',
  encode(frame: ClientFrame) {
    const { kind, ...fields } = frame
    const isSending = kind === 'publish' || kind === 'request'
    return json.stringify({ [kind]: isSending ? toFields(fields as Sending) : fields })
  },
  decode(data) {
    if (typeof data !== 'string') throw new BadFrame('a binary message where text was agreed on')
    let parsed: unknown
    try {
      parsed = json.parse(data)
    } catch {
      throw new BadFrame('a message that is not JSON')
    }
    const [entry, ...others] = Object.entries(parsed ?? {})
    if (entry === undefined || others.length > 0) throw new BadFrame('a message without exactly one kind')
    const [kind, fields] = entry as [string, { payload?: unknown; data?: unknown; contentType?: unknown }]
    return toServerFrame(kind, fields, () => {
      if (Object.hasOwn(fields, 'payload')) return fields.payload
      try {
        return valueOf(fromBase64(textOf(fields.data)), textOf(fields.contentType), json)
      } catch {
        throw new BadFrame('data that is not base64')
      }
    })
  },
})
