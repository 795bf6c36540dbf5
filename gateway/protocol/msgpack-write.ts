// Writes MessagePack as strangers expect it: each number and length in its smallest form, whole numbers never as floats.

/** Arrays and maps in each other; deeper ones are not written. */
const deepest = 128

const firstSize = 1_024
const maxUint32 = 0xff_ff_ff_ff
const minInt32 = -0x80_00_00_00

/** Grows as it is needed; `finish` gives what was written. For one message each. */
export class MsgpackWriter {
  #bytes = Buffer.allocUnsafe(firstSize)
  #at = 0
  #depth = 0

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  /** Null, booleans, numbers, bigints of 64 bits, texts, Buffers, arrays and objects; of an object what is not undefined. */
  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        return this.#number(value)
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2)
      case 'bigint':
        return this.#bigint(value)
      case 'object':
        return this.#object(value)
      case 'undefined':
      case 'function':
      case 'symbol':
        return this.#byte(0xc0)
    }
  }

  /** The beginning of a map of so many entries. */
  map(count: number): void {
    if (count < 16) this.#byte(0x80 | count)
    else this.#head(count, 0xde)
  }

  text(text: string): void {
    const size = Buffer.byteLength(text)
    if (size < 32) this.#byte(0xa0 | size)
    else if (size < 0x100) {
      this.#byte(0xd9)
      this.#byte(size)
    } else this.#head(size, 0xda)
    this.#room(size)
    this.#at += this.#bytes.write(text, this.#at)
  }

  bytes(bytes: Buffer): void {
    const size = bytes.length
    if (size < 0x100) {
      this.#byte(0xc4)
      this.#byte(size)
    } else this.#head(size, 0xc5)
    this.#room(size)
    this.#at += bytes.copy(this.#bytes, this.#at)
  }

  #object(value: object | null): void {
    if (value === null) return this.#byte(0xc0)
    if (Buffer.isBuffer(value)) return this.bytes(value)
    if (++this.#depth > deepest) throw new RangeError('nested too deeply')
    if (Array.isArray(value)) {
      if (value.length < 16) this.#byte(0x90 | value.length)
      else this.#head(value.length, 0xdc)
      for (const each of value) this.value(each)
    } else {
      const entries = Object.entries(value).filter(([, each]) => each !== undefined)
      this.map(entries.length)
      for (const [name, each] of entries) {
        this.text(name)
        this.value(each)
      }
    }
    this.#depth--
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.#room(9)
      this.#bytes[this.#at] = 0xcb
      this.#at = this.#bytes.writeDoubleBE(value, this.#at + 1)
    } else if (value >= 0) this.#positive(value)
    else this.#negative(value)
  }

  #positive(value: number): void {
    if (value < 0x80) this.#byte(value)
    else if (value < 0x100) this.#sized(0xcc, value, 1)
    else if (value < 0x1_0000) this.#sized(0xcd, value, 2)
    else if (value <= maxUint32) this.#sized(0xce, value, 4)
    else this.#bigint(BigInt(value))
  }

  #negative(value: number): void {
    if (value >= -0x20) this.#byte(value + 0x100)
    else if (value >= -0x80) this.#sized(0xd0, value + 0x100, 1)
    else if (value >= -0x8000) this.#sized(0xd1, value + 0x1_0000, 2)
    else if (value >= minInt32) this.#sized(0xd2, value + maxUint32 + 1, 4)
    else this.#bigint(BigInt(value))
  }

  #bigint(value: bigint): void {
    this.#room(9)
    this.#bytes[this.#at] = value < 0n ? 0xd3 : 0xcf
    this.#at =
      value < 0n
        ? this.#bytes.writeBigInt64BE(value, this.#at + 1)
        : this.#bytes.writeBigUInt64BE(value, this.#at + 1)
  }

  /** The head of a length that takes two bytes or four: the code for four is the next one. */
  #head(count: number, code: number): void {
    if (count < 0x1_0000) this.#sized(code, count, 2)
    else this.#sized(code + 1, count, 4)
  }

  #sized(code: number, value: number, size: number): void {
    this.#room(size + 1)
    this.#bytes[this.#at] = code
    this.#at = this.#bytes.writeUIntBE(value, this.#at + 1, size)
  }

  #byte(byte: number): void {
    this.#room(1)
    this.#bytes[this.#at++] = byte
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + size))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
