// Messages of a hostile client on an open connection: frames with fields that are off, valid ones broken, and anything at all.
import fc from 'fast-check'
import { anyBytes, mutated, readGolden } from '../../gateway/protocol/generators.ts'
import { bytes, nastyJson, nastyText } from './texts.ts'

const golden = readGolden('client')

const fields = [
  'id',
  'route',
  'channel',
  'type',
  'key',
  'sequence',
  'payload',
  'data',
  'contentType',
  'headers',
  'trace',
  'token',
  'position',
  'since',
  'last',
  'timeoutMs',
  'client',
  'resume',
  'confirms',
  'members',
]

const kinds = [
  'publish',
  'request',
  'cancel',
  'subscribe',
  'unsubscribe',
  'confirm',
  'authenticate',
  'members',
  'ping',
  'welcome',
  'nothing',
]

/** What fits somewhere, so that more than the first check is reached. */
const plausible = fc.constantFrom<unknown>(
  'a',
  'echo',
  'room:a',
  '1',
  1,
  0,
  -1,
  2 ** 53,
  true,
  'application/json',
  { 'x-a': 'b' },
  { ce_to: 'user:alice' },
  '0.0.0.0',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
)

const frame = fc
  .tuple(
    fc.constantFrom(...kinds),
    fc.dictionary(fc.constantFrom(...fields), fc.oneof(plausible, plausible, nastyJson), { maxKeys: 7 }),
  )
  .map(([kind, given]) => Buffer.from(JSON.stringify({ [kind]: given })))

const broken = (what: 'json' | 'hex'): fc.Arbitrary<Buffer> =>
  mutated(golden.map((one) => Buffer.from(one[what], what === 'json' ? 'utf8' : 'hex')))

export type Message = { readonly bytes: Buffer; readonly binary: boolean }

const text = (some: Buffer): Message => ({ bytes: Buffer.from(some.toString()), binary: false })
const binary = (some: Buffer): Message => ({ bytes: some, binary: true })

/** By subprotocol. `openclaw.v1.raw` takes anything. */
export const messages: Readonly<Record<string, fc.Arbitrary<Message>>> = {
  'openclaw.v1.json': fc.oneof(
    frame.map(text),
    broken('json').map(text),
    nastyText.map((one) => text(Buffer.from(one))),
    nastyJson.map((one) => text(Buffer.from(JSON.stringify(one)))),
  ),
  'openclaw.v1.proto': fc.oneof(broken('hex').map(binary), anyBytes.map(binary), bytes(400).map(binary)),
  'openclaw.v1.raw': fc.oneof(
    bytes(300).map(binary),
    nastyText.map((one) => text(Buffer.from(one))),
  ),
}

const head = (fin: boolean, rsv: number, opcode: number, masked: boolean, length: number): Buffer => {
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  const mask = masked ? 0x80 : 0
  if (length < 126) return Buffer.from([first, mask | length])
  const long = Buffer.alloc(8)
  long.writeBigUInt64BE(BigInt(length))
  return length < 65_536
    ? Buffer.from([first, mask | 126, length >> 8, length & 0xff])
    : Buffer.concat([Buffer.from([first, mask | 127]), long])
}

/** Frames of RFC 6455 with bits, lengths and masks as they come, one to four of them, perhaps cut off. */
export const wireBytes: fc.Arbitrary<Buffer> = fc
  .array(
    fc.tuple(
      fc.boolean(),
      fc.constantFrom(0, 0, 0, 4, 7),
      fc.constantFrom(0, 1, 2, 3, 8, 9, 10, 15),
      fc.constantFrom(true, true, true, false),
      fc.oneof(fc.nat(130), fc.constantFrom(126, 65_536, 2 ** 31, 2 ** 52)),
      bytes(130),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((frames) =>
    Buffer.concat(
      frames.flatMap(([fin, rsv, opcode, masked, length, some]) => [
        head(fin, rsv, opcode, masked, length),
        ...(masked ? [Buffer.from([1, 2, 3, 4])] : []),
        some.subarray(0, length),
      ]),
    ),
  )
