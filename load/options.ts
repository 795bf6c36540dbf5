// The command line of the load: which rates, for how long, against what.
import { parseArgs } from 'node:util'

export type Side = 'floor' | 'gateway'

export type LoadOptions = {
  /** Messages per second, over all connections. */
  readonly rates: readonly number[]
  /** Measured seconds of each pass, and seconds before them at the same rate that do not count. */
  readonly seconds: number
  readonly warmup: number
  /** Bytes of a payload. */
  readonly size: number
  readonly connections: number
  /** How often each row's passes are repeated. */
  readonly repeats: number
  /** How often a pass is measured again while other programs disturb it; the least disturbed one counts. */
  readonly retries: number
  readonly sides: readonly Side[]
  readonly parts: readonly ('round-trip' | 'inbound')[]
  /** Prints the result as JSON in place of tables. */
  readonly json: boolean
  /** Folder for a CPU profile of the floor and of the gateway. */
  readonly profile: string | undefined
}

export const usage = `npm run load -- [options]
  --rates 1000,5000,10000   messages per second
  --seconds 15              measured, of each pass
  --warmup 3                before that, at the same rate
  --size 128                bytes of a payload
  --connections 200
  --repeats 1               how often each row is measured over again
  --retries 0               measure a pass again, so often at most, while other programs disturb it
  --only gateway|floor      one side alone; no verdicts, nothing is kept
  --part round-trip|inbound one part alone
  --profile <folder>        CPU profiles of both sides go there
  --json                    JSON in place of tables`

const number = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (!(value >= least)) throw new Error(`--${name} takes a number from ${least} on, not "${text}"\n${usage}`)
  return value
}

const oneOf = <T extends string>(name: string, text: string | undefined, all: readonly T[]): readonly T[] => {
  if (text === undefined) return all
  const found = all.find((each) => each === text)
  if (found === undefined) throw new Error(`--${name} takes ${all.join(' or ')}, not "${text}"\n${usage}`)
  return [found]
}

/** Throws an error with a sentence and the usage for what cannot be understood. */
export const parseOptions = (args: readonly string[]): LoadOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rates: { type: 'string', default: '1000,5000,10000' },
      seconds: { type: 'string', default: '15' },
      warmup: { type: 'string', default: '3' },
      size: { type: 'string', default: '128' },
      connections: { type: 'string', default: '200' },
      repeats: { type: 'string', default: '1' },
      retries: { type: 'string', default: '0' },
      only: { type: 'string' },
      part: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    rates: values.rates.split(',').map((rate) => number('rates', rate, 1)),
    seconds: number('seconds', values.seconds, 1),
    warmup: number('warmup', values.warmup, 0),
    size: number('size', values.size, 32),
    connections: number('connections', values.connections, 1),
    repeats: number('repeats', values.repeats, 1),
    retries: number('retries', values.retries, 0),
    sides: oneOf('only', values.only, ['floor', 'gateway']),
    parts: oneOf('part', values.part, ['round-trip', 'inbound']),
    json: values.json,
    profile: values.profile,
  }
}
