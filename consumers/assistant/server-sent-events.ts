// Reads server-sent events from a stream of bytes that may be cut anywhere: inside of a character, a line end, an event.

const lineEnd = /\r\n|\n|\r/

/** An event may have so many characters. */
const longest = 256 * 1024

const valueOf = (line: string): string => line.slice(line.startsWith('data: ') ? 6 : 5)

/** The `data` of each event. Throws where an event is longer than any should be. */
export async function* dataOf(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  let length = 0
  for await (const piece of bytes) {
    rest += decoder.decode(piece, { stream: true })
    for (let end = lineEnd.exec(rest); end !== null; end = lineEnd.exec(rest)) {
      // A carriage return at the very end may be the first half of a line end.
      if (end[0] === '\r' && end.index === rest.length - 1) break
      const line = rest.slice(0, end.index)
      rest = rest.slice(end.index + end[0].length)
      length += line.length
      if (line.startsWith('data:')) data.push(valueOf(line))
      else if (line === '' && data.length > 0) {
        yield data.join('\n')
        data = []
      }
      if (line === '') length = 0
    }
    if (rest.length + length > longest) throw new Error('an event that does not end')
  }
  // The stream may end without the last empty line; what is told then is told by who knows what it should be.
  const last = rest + decoder.decode()
  if (last.startsWith('data:')) data.push(valueOf(last.replace(/\r$/, '')))
  if (data.length > 0) yield data.join('\n')
}
