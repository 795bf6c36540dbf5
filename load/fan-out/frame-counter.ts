// Reads what a server writes to one socket, in whatever pieces it comes, and counts the messages in it.

/** Each message has this character once, and nothing else that a server sends has it: several may share a frame. */
export const mark = '@'
const markByte = mark.charCodeAt(0)

/** Frames up to this size may be looked at as text. */
const keptBytes = 4_096
const firstControl = 8

export class FrameCounter {
  /** Messages that have begun to arrive so far. */
  messages = 0
  /** Told each frame that is not long, where it is one of control, has one character, or `looks` is true. */
  readonly #onShort: (opcode: number, text: string) => void
  /** Whether every frame is to be told. */
  looks = true
  readonly #head = Buffer.alloc(10)
  #headBytes = 0
  #opcode = 0
  #kept: string | undefined
  /** Bytes of the frame's payload that did not come yet; undefined while its head has not. */
  #left: number | undefined

  constructor(onShort: (opcode: number, text: string) => void) {
    this.#onShort = onShort
  }

  /** Takes the bytes from `at` up to `end`. */
  read(bytes: Buffer, at: number, end: number): void {
    let from = at
    while (from < end) {
      if (this.#left === undefined) this.#readHead(bytes[from++] as number)
      else {
        const to = Math.min(end, from + this.#left)
        this.#readPayload(bytes, from, to)
        this.#left -= to - from
        from = to
      }
      if (this.#left === 0) this.#endFrame()
    }
  }

  #readHead(byte: number): void {
    const head = this.#head
    head[this.#headBytes++] = byte
    if (this.#headBytes < 2) return
    const short = (head[1] as number) & 127
    const needed = short < 126 ? 2 : short === 126 ? 4 : 10
    if (this.#headBytes < needed) return
    this.#left = short < 126 ? short : short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2))
    this.#headBytes = 0
    this.#opcode = (head[0] as number) & 15
    const isTold = this.looks || this.#opcode >= firstControl || this.#left === 1
    this.#kept = isTold && this.#left <= keptBytes ? '' : undefined
  }

  #readPayload(bytes: Buffer, from: number, to: number): void {
    if (this.#kept !== undefined) this.#kept += bytes.toString('latin1', from, to)
    let found = bytes.indexOf(markByte, from)
    while (found >= 0 && found < to) {
      this.messages++
      found = bytes.indexOf(markByte, found + 1)
    }
  }

  #endFrame(): void {
    this.#left = undefined
    if (this.#kept !== undefined) this.#onShort(this.#opcode, this.#kept)
  }
}

/** A client's frame, masked with zeros: the text stands in it as it is. */
export const clientFrame = (text: string, opcode = 1): Buffer => {
  const payload = Buffer.from(text, 'latin1')
  const long = payload.length > 125
  const head = Buffer.alloc(long ? 8 : 6)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | (long ? 126 : payload.length)
  if (long) head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}
