// What a chaos run is told on its command line, and the short times it uses so that minutes show much.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

export const usage = `npm run chaos -- [options]

  --minutes N    how long faults are done (1); healing and judging come on top
  --seed S       which faults, and when (a random one; printed)
  --clients N    connections (200)
  --rate N       messages a second, both directions together (400)
  --nodes N      gateway processes (3)
  --only KINDS   these faults alone, separated by commas
  --client WHAT  plain: the client of the tests (default); sdk: the one of client/
  --keep         keep the history and the logs also when all is well
`

export type Options = {
  readonly minutes: number
  readonly seed: number
  readonly clients: number
  readonly rate: number
  readonly nodes: number
  readonly only: readonly string[]
  readonly keep: boolean
  readonly client: 'plain' | 'sdk'
}

/** Times in ms: those of production, shortened, so that leases and windows end often within a run. */
export const times = {
  leaseTtl: 3_000,
  resumeWindow: 20_000,
  heartbeat: 2_000,
  confirmTimeout: 10_000,
} as const

/** What the checks allow, in ms. */
export const limits = {
  /** A gap told so long after a delivery may be about it: an outage, the window, and coming back. */
  gapWithinMs: 90_000,
  confirmTimeoutMs: times.confirmTimeout,
  /** Who is back so soon has to find its session; the rest of the window is for what clocks and leases take. */
  surelyResumableMs: times.resumeWindow - 8_000,
} as const

/** Undefined when only the usage was wanted. Throws a TypeError for what cannot be read. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
      clients: { type: 'string', default: '200' },
      rate: { type: 'string', default: '400' },
      nodes: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      client: { type: 'string', default: 'plain' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const number = (name: 'minutes' | 'seed' | 'clients' | 'rate' | 'nodes'): number => {
    const read = Number(values[name])
    if (!(read > 0)) throw new TypeError(`--${name} is a number above 0, not ${values[name]}`)
    return read
  }
  const { client } = values
  if (client !== 'plain' && client !== 'sdk') throw new TypeError(`--client is plain or sdk, not ${client}`)
  return {
    client,
    minutes: number('minutes'),
    seed: number('seed'),
    clients: number('clients'),
    rate: number('rate'),
    nodes: number('nodes'),
    only: values.only.split(',').filter((kind) => kind !== ''),
    keep: values.keep,
  }
}
