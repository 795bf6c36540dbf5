// The command line of the fan-out: how many listeners, which messages, how often, against what.
import { parseArgs } from 'node:util'

/** In the order in which they are measured and shown. */
export const sideNames = [
  'ws.send',
  'socket.write',
  'joined',
  'hub',
  'gateway',
  'socket.io',
  'centrifuge',
] as const

export type SideName = (typeof sideNames)[number]

/** Messages at a time. */
export const bursts = { singles: 1, bursts: 10 } as const

export type Shape = keyof typeof bursts

export type FanOutOptions = {
  readonly subscribers: readonly number[]
  /** Bytes of a payload. */
  readonly sizes: readonly number[]
  /** How often everything is measured. */
  readonly rounds: number
  /** Of a pass with singles; one with bursts has `burstFactor` times as many. */
  readonly deliveries: number
  readonly sides: readonly SideName[]
  /** Floors write the payload alone, without what the gateway's protocol puts around it. */
  readonly bare: boolean
  /** Given ones are used, and not started. */
  readonly kafka: readonly string[] | undefined
  readonly redis: string | undefined
  /** Prints the result as JSON in place of tables. */
  readonly json: boolean
  /** Folder for CPU profiles of the servers that Node runs. */
  readonly profile: string | undefined
}

export const burstFactor = 2

export const usage = `npm run load:fan-out -- [options]
  --quick                       1,000 subscribers, few deliveries: under a minute on a machine that is ours alone
  --subscribers 100,1000,5000
  --sizes 100,1024              bytes of a payload
  --rounds 5                    how often everything is measured
  --deliveries 100000           of a pass with singles; with bursts twice as many
  --sides ws.send,hub,…         some alone (${sideNames.join(', ')}); nothing is kept
  --bare                        floors write the payload alone, without the frame that the gateway makes of it
  --kafka host:port --redis url given ones in place of our own
  --profile <folder>            CPU profiles of the servers go there, and where their time goes is printed
  --json                        JSON in place of tables`

const numbers = (name: string, text: string, least: number): number[] =>
  text.split(',').map((part) => {
    const value = Number(part)
    if (Number.isInteger(value) && value >= least) return value
    throw new Error(`--${name} takes whole numbers from ${least} on, not "${part}"\n${usage}`)
  })

const sidesIn = (text: string | undefined): readonly SideName[] => {
  if (text === undefined) return sideNames
  const wanted = text.split(',')
  const unknown = wanted.find((name) => !sideNames.some((each) => each === name))
  if (unknown !== undefined) throw new Error(`--sides: there is no "${unknown}"\n${usage}`)
  return sideNames.filter((name) => wanted.includes(name))
}

const usual = { subscribers: '100,1000,5000', rounds: '5', deliveries: '100000' }
const quick = { subscribers: '1000', rounds: '2', deliveries: '15000' }

/** Throws an error with a sentence and the usage for what cannot be understood. */
export const parseFanOutOptions = (args: readonly string[]): FanOutOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      subscribers: { type: 'string' },
      sizes: { type: 'string', default: '100,1024' },
      rounds: { type: 'string' },
      deliveries: { type: 'string' },
      sides: { type: 'string' },
      bare: { type: 'boolean', default: false },
      kafka: { type: 'string' },
      redis: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const defaults = values.quick ? quick : usual
  const [rounds = 1] = numbers('rounds', values.rounds ?? defaults.rounds, 1)
  const [deliveries = 1] = numbers('deliveries', values.deliveries ?? defaults.deliveries, 1)
  return {
    subscribers: numbers('subscribers', values.subscribers ?? defaults.subscribers, 1),
    sizes: numbers('sizes', values.sizes, 32),
    rounds,
    deliveries,
    sides: sidesIn(values.sides),
    bare: values.bare,
    kafka: values.kafka?.split(','),
    redis: values.redis,
    json: values.json,
    profile: values.profile,
  }
}
