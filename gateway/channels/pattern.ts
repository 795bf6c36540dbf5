// Patterns of channel names, as the configuration writes them: `room:{room}`, `ticker:{exchange}:{symbol}`, `log:{path*}`. Pure.

/** What a pattern took out of a name, by the names in its braces. */
export type Captures = Readonly<Record<string, string>>

export type Pattern = {
  readonly text: string
  /** Names in braces, in order. */
  readonly names: readonly string[]
  /** Undefined if the name does not fit. */
  match(channel: string): Captures | undefined
}

const part = /\{([^{}]*)\}|([^{}]+)|[{}]/g
const captureName = /^[a-z][A-Za-z0-9_]{0,31}(\*?)$/
const separator = ':'
/** What a rule may use beside the captures. */
const taken = new Set(['principal', 'channel'])

/**
 * A capture takes one or more characters, up to the next `:` and up to the first character of what follows it in the
 * pattern, so each name can be read in one way only. `{name*}`, at the end, takes the rest with its colons. The answer
 * to a pattern that cannot be is a sentence that says why.
 */
export function compilePattern(text: string): Pattern | string {
  const parts = [...text.matchAll(part)]
  const names: string[] = []
  let source = ''
  for (const [n, [whole, capture, literal]] of parts.entries()) {
    if (literal !== undefined) {
      source += escape(literal)
      continue
    }
    if (capture === undefined) return `"${text}": a ${whole} without its other half`
    const rest = captureName.exec(capture)?.[1]
    if (rest === undefined)
      return `"${text}": {${capture}} is not a name such as {room}, or {path*} at the end`
    const name = rest === '' ? capture : capture.slice(0, -1)
    if (taken.has(name) || names.includes(name)) return `"${text}": the name ${name} is taken already`
    names.push(name)
    const following = parts[n + 1]
    if (rest !== '' && following !== undefined) return `"${text}": {${capture}} can only be at the end`
    if (following !== undefined && following[2] === undefined)
      return `"${text}": something has to stand between {${capture}} and ${following[0]}`
    const [end = ''] = following?.[2] ?? ''
    source += rest === '' ? `([^${separator}${escape(end).replace('-', '\\-')}]+)` : '(.+)'
  }
  if (parts.length === 0) return 'a pattern has at least one character'
  const expression = new RegExp(`^${source}$`, 'su')
  return { text, names, match: (channel: string) => capturesOf(expression.exec(channel), names) }
}

const escape = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

function capturesOf(found: RegExpExecArray | null, names: readonly string[]): Captures | undefined {
  return found ? Object.fromEntries(names.map((name, n) => [name, found[n + 1] ?? ''])) : undefined
}

const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029]/u

/** Why this can be no channel's name; undefined if it can. `most` in bytes of UTF-8. */
export function nameProblem(channel: string, most: number): string | undefined {
  if (channel === '') return 'a channel has a name'
  if (Buffer.byteLength(channel) > most) return `a channel's name has at most ${most} bytes`
  // In `ce_to` it does not count: a message would be for another channel than was asked about.
  if (channel.trim() !== channel) return "a channel's name neither begins nor ends with white space"
  return unprintable.test(channel) ? "a channel's name has printable characters only" : undefined
}
