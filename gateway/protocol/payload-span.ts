// Finds the exact bytes of a frame's `payload` in its JSON text, so that a payload passes through without being rewritten.

const quote = 0x22
const backslash = 0x5c
const openObject = 0x7b
const closeObject = 0x7d
const openArray = 0x5b
const closeArray = 0x5d
const comma = 0x2c

/** Where a scan stands, and the last payload it came by. */
type Scan = { at: number; start: number; end: number }

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

export const afterSpace = (bytes: Buffer, from: number): number => {
  let at = from
  while (isSpace(bytes[at])) at++
  return at
}

/** Index after the string that begins here, its quotes included. */
export const afterString = (bytes: Buffer, from: number): number => {
  const end = bytes.length
  for (let at = from + 1; at < end; at++) {
    const byte = bytes[at]
    if (byte === quote) return at + 1
    if (byte === backslash) at++
  }
  return end
}

// What a byte means outside strings: 1 a string begins, 2 something opens, 3 something closes, 0 nothing.
const meaning = new Uint8Array(256)
meaning[quote] = 1
meaning[openObject] = meaning[openArray] = 2
meaning[closeObject] = meaning[closeArray] = 3

/** Index after the object or array that begins here. One table look-up a byte: this is where a payload's time goes. */
const afterNested = (bytes: Buffer, from: number): number => {
  const end = bytes.length
  let depth = 0
  for (let at = from; at < end; at++) {
    const what = meaning[bytes[at] as number]
    if (what === 0) continue
    if (what === 1) at = afterString(bytes, at) - 1
    else if (what === 2) depth++
    else if (--depth === 0) return at + 1
  }
  return end
}

/** Index after the number or literal that begins here. */
const afterScalar = (bytes: Buffer, from: number): number => {
  let at = from
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === comma || byte === closeObject || byte === closeArray || isSpace(byte)) break
    at++
  }
  return at
}

/** Index after the value that begins here, of whatever kind. */
export const afterValue = (bytes: Buffer, from: number): number => {
  const first = bytes[from]
  if (first === quote) return afterString(bytes, from)
  if (first === openObject || first === openArray) return afterNested(bytes, from)
  return afterScalar(bytes, from)
}

const plainKey = Buffer.from('"payload"')

/** Whether the string from `start` to `end` says payload, in plain letters or with escapes. */
const isPayloadKey = (bytes: Buffer, start: number, end: number): boolean => {
  if (end - start < plainKey.length) return false
  if (end - start === plainKey.length) {
    for (let at = 1; at < 8; at++) if (bytes[start + at] !== plainKey[at]) return false
    return true
  }
  const key = bytes.subarray(start, end)
  return key.includes(backslash) && JSON.parse(key.toString()) === 'payload'
}

/** Moves past the key, the colon and any space, to where the value begins. */
const toValue = (bytes: Buffer, afterKey: number): number =>
  afterSpace(bytes, afterSpace(bytes, afterKey) + 1)

/** Scans the members of the object that begins at `scan.at`; of several payloads the last counts, as in JSON.parse. */
const scanFields = (bytes: Buffer, scan: Scan): void => {
  scan.start = scan.end = -1
  do {
    const key = afterSpace(bytes, scan.at + 1)
    if (bytes[key] !== quote) {
      scan.at = key
      break
    }
    const afterKey = afterString(bytes, key)
    const value = toValue(bytes, afterKey)
    const afterIt = afterValue(bytes, value)
    if (isPayloadKey(bytes, key, afterKey)) {
      scan.start = value
      scan.end = afterIt
    }
    scan.at = afterSpace(bytes, afterIt)
  } while (bytes[scan.at] === comma)
  scan.at++
}

/**
 * The bytes of `payload` within the object that is the frame, without copying them; undefined if there is none.
 * `bytes` must be a text that JSON.parse accepts. Of a repeated key the last counts, at both levels.
 */
export const payloadSpan = (bytes: Buffer): Buffer | undefined => {
  const scan: Scan = { at: afterSpace(bytes, 0), start: -1, end: -1 }
  do {
    const key = afterSpace(bytes, scan.at + 1)
    if (bytes[key] !== quote) break
    scan.at = toValue(bytes, afterString(bytes, key))
    if (bytes[scan.at] === openObject) scanFields(bytes, scan)
    else {
      scan.at = afterValue(bytes, scan.at)
      scan.start = scan.end = -1
    }
    scan.at = afterSpace(bytes, scan.at)
  } while (bytes[scan.at] === comma)
  return scan.start < 0 ? undefined : bytes.subarray(scan.start, scan.end)
}
