// Reads MessagePack that strangers wrote: bounded by the bytes there are, no types beyond those of JSON and `bin`, one way for each value.
import { isUtf8 } from 'node:buffer'

/** Arrays and maps in each other. */
export const deepest = 128

/** Why bytes are not read: a value for whoever catches it, never an error of the gateway. */
export class MsgpackFault extends Error {}

const fault = (message: string): never => {
  throw new MsgpackFault(message)
}

/** What is read, as JavaScript has it: whole numbers beyond 2^53 and bytes have no place in JSON, so the caller says what they become. */
export type Shapes = {
  readonly whole: (value: bigint) => unknown
  readonly bytes: (value: Buffer) => unknown
  readonly float: (value: number) => unknown
}

const utf8 = (bytes: Buffer): string => {
  const text = bytes.toString()
  // A replacement character may be the writer's own; only then is it worth a look.
  return text.includes('\ufffd') && !isUtf8(bytes) ? fault('a text that is no UTF-8') : text
}

export class MsgpackReader {
  readonly #bytes: Buffer
  readonly #shapes: Shapes
  #at: number
  #depth = 0

  constructor(bytes: Buffer, shapes: Shapes, at = 0) {
    this.#bytes = bytes
    this.#shapes = shapes
    this.#at = at
  }

  get at(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** Throws `MsgpackFault` for whatever is not one value. */
  value(): unknown {
    const head = this.#byte()
    if (head < 0x80) return head
    if (head < 0x90) return this.#map(head & 0x0f)
    if (head < 0xa0) return this.#array(head & 0x0f)
    if (head < 0xc0) return this.#text(head & 0x1f)
    if (head >= 0xe0) return head - 0x100
    return this.#long(head)
  }

  /** The number of entries of the map that begins here; undefined where there is another value. */
  mapSize(): number | undefined {
    const head = this.#bytes[this.#at]
    if (head === undefined || !((head >= 0x80 && head < 0x90) || head === 0xde || head === 0xdf))
      return undefined
    this.#at++
    return this.#held(head < 0x90 ? head & 0x0f : this.#uint(head === 0xde ? 2 : 4), 2)
  }

  key(): string {
    const key = this.value()
    return typeof key === 'string' ? key : fault('a key that is no text')
  }

  #long(head: number): unknown {
    switch (head) {
      case 0xc0:
        return null
      case 0xc2:
      case 0xc3:
        return head === 0xc3
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#shapes.bytes(this.#take(this.#uint(1 << (head - 0xc4))))
      case 0xca:
        return this.#shapes.float(this.#take(4).readFloatBE(0))
      case 0xcb:
        return this.#shapes.float(this.#take(8).readDoubleBE(0))
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(1 << (head - 0xcc))
      case 0xcf:
        return this.#whole(this.#take(8).readBigUInt64BE(0))
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const size = 1 << (head - 0xd0)
        return this.#take(size).readIntBE(0, size)
      }
      case 0xd3:
        return this.#whole(this.#take(8).readBigInt64BE(0))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(1 << (head - 0xd9)))
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(head === 0xdc ? 2 : 4))
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(head === 0xde ? 2 : 4))
      default:
        return fault('an extension type; there are none here: write times as text')
    }
  }

  #whole(value: bigint): unknown {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : this.#shapes.whole(value)
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    return byte ?? fault('it ends too early')
  }

  #take(size: number): Buffer {
    const from = this.#at
    this.#at += size
    if (this.#at > this.#bytes.length) fault('it ends too early')
    return this.#bytes.subarray(from, this.#at)
  }

  #uint(size: number): number {
    const from = this.#at
    this.#at += size
    return this.#at > this.#bytes.length ? fault('it ends too early') : this.#bytes.readUIntBE(from, size)
  }

  #text(size: number): string {
    return utf8(this.#take(size))
  }

  /** Each entry takes a byte at least, so none is made for what is not there. */
  #held(count: number, bytesEach: number): number {
    return count * bytesEach > this.#bytes.length - this.#at ? fault('it ends too early') : count
  }

  #enter(): void {
    if (++this.#depth > deepest) fault(`more than ${deepest} arrays and maps in each other`)
  }

  #array(count: number): unknown[] {
    this.#enter()
    this.#held(count, 1)
    const values: unknown[] = []
    for (let n = 0; n < count; n++) values.push(this.value())
    this.#depth--
    return values
  }

  #map(count: number): Record<string, unknown> {
    this.#enter()
    this.#held(count, 2)
    const values: Record<string, unknown> = {}
    for (let n = 0; n < count; n++) setOwn(values, this.key(), this.value())
    this.#depth--
    return values
  }
}

/** As JSON.parse does it: `__proto__` is a name like any other, and of a name given twice the last counts. */
export function setOwn(values: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') values[name] = value
  else Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true })
}
