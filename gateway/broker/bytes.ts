// A growing buffer with Kafka's number and string forms; the innermost loop of publishing, so it avoids calls out of JavaScript.

/** Strings up to this many characters are copied in a loop: for short ones that beats a native call. */
const shortString = 96

// V8 has many kinds of strings, and once it has met more than four of them in one place, looking up a method of a string
// costs more than the method. So it is looked up once; and the length once for each string.
const codeAt = String.prototype.charCodeAt

const varintSize = (value: number): number =>
  value < 0x40 ? 1 : value < 0x2000 ? 2 : value < 0x100000 ? 3 : value < 0x8000000 ? 4 : 5

/** Appends; `bytes` up to `length` is what was written. All numbers are written as not negative, but where said. */
export class Bytes {
  bytes: Buffer
  length = 0

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity)
  }

  /** What was written, without copying. */
  get written(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  /** Makes room for `more` bytes; the writers below trust that this was called. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  /** A zigzag varint of a number below 2^30. */
  varint(value: number): void {
    let rest = value * 2
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
  }

  /** A string in UTF-8 behind its varint length. */
  string(text: string): void {
    const start = this.length
    const { length } = text
    if (length <= shortString) {
      this.varint(length)
      const { bytes } = this
      let at = this.length
      let seen = 0
      for (let i = 0; i < length; i++) {
        const code = codeAt.call(text, i)
        seen |= code
        bytes[at++] = code
      }
      if (seen < 0x80) {
        this.length = at
        return
      }
      this.length = start
    }
    const size = Buffer.byteLength(text)
    this.varint(size)
    this.length += this.bytes.write(text, this.length, size, 'utf8')
  }

  /** Bytes behind their varint length. */
  blob(value: Buffer): void {
    this.varint(value.length)
    this.bytes.set(value, this.length)
    this.length += value.length
  }

  /** Null in place of a string or bytes: the varint -1. */
  none(): void {
    this.bytes[this.length++] = 1
  }

  /**
   * Writes what `body` appends behind its own varint length. `guess` is a likely length; a wrong one costs a copy.
   */
  sized(guess: number, body: () => void): void {
    const start = this.length
    const held = varintSize(guess)
    this.length = start + held
    body()
    this.closeSized(start, held)
  }

  /** Like `sized`, in two steps for loops that want no closure: opens, answers what to give to `closeSized`. */
  openSized(guess: number): number {
    const held = varintSize(guess)
    this.length += held
    return held
  }

  closeSized(start: number, held: number): void {
    const size = this.length - start - held
    const needed = varintSize(size)
    if (needed !== held) this.bytes.copyWithin(start + needed, start + held, this.length)
    this.length = start
    this.varint(size)
    this.length += size
  }
}
