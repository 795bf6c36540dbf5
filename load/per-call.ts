// What one call costs, and the kind of JSON to measure it with.

const rounds = 7
const msPerRound = 120

/** Best of several rounds, in microseconds per call: the least disturbed by what else this machine does. */
export const perCall = (call: () => unknown): number => {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const started = process.hrtime.bigint()
    const until = started + BigInt(msPerRound) * 1_000_000n
    let calls = 0
    let now = started
    while (now < until) {
      for (let n = 0; n < 200; n++) call()
      calls += 200
      now = process.hrtime.bigint()
    }
    best = Math.min(best, Number(now - started) / calls / 1000)
  }
  return best
}

/** A JSON object of about `size` bytes, with the mix of strings, numbers and nesting that messages have. */
export const jsonPayload = (size: number): string => {
  const lines: unknown[] = []
  let text = ''
  for (let n = 0; (text = JSON.stringify({ room: 'r1', lines })).length < size - 40; n++) {
    lines.push({ n, word: `word ${n}`, price: n * 1.25, ok: true })
  }
  return text
}
