// `openclaw listen`: a WebSocket client in the terminal: prints every frame, publishes what is typed.
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { closes } from '../../gateway/errors.ts'
import { gatewayUrl } from '../addresses.ts'
import { countArgument, several } from '../arguments.ts'
import { type Client, connectClient } from '../client.ts'
import { type ConfigOption, needConfig } from '../configuration.ts'
import { developmentToken } from '../development-token.ts'
import { CliFailure } from '../failure.ts'

const examples = `
Examples:
  ./openclaw listen                                     as alice; shows what is sent to her
  ./openclaw listen --user bob --route echo             type a line: it is published to the route echo
  ./openclaw listen --route echo --publish '{"n":1}' --count 3 | jq .
  ./openclaw listen --url ws://127.0.0.1:8081/ --token "$TOKEN"
  then, in another terminal: ./openclaw send user:alice hello

Each frame is one line of JSON on standard output; everything else goes to standard error. Ctrl-C ends it.`

type Options = ConfigOption & {
  readonly url?: string
  readonly user: string
  readonly token?: string
  readonly anonymous?: true
  readonly route?: string
  readonly publish?: readonly string[]
  readonly subscribe?: readonly string[]
  readonly count?: number
}

/** JSON goes out exactly as it was typed, anything else as a JSON string. */
const payloadText = (text: string): string => {
  try {
    JSON.parse(text)
    return text
  } catch {
    return JSON.stringify(text)
  }
}

const publishFrame = (id: number, route: string | undefined, text: string): string => {
  const toRoute = route === undefined ? '' : `,"route":${JSON.stringify(route)}`
  return `{"publish":{"id":"${id}"${toRoute},"payload":${payloadText(text)}}}`
}

const addressOf = async ({ url, user, token, anonymous, ...option }: Options) => {
  if (url !== undefined && !/^wss?:\/\//.test(url))
    throw new CliFailure(`"${url}" is no ws:// or wss:// address`, 2)
  if (url !== undefined && (token !== undefined || anonymous)) return { url, token }
  const { config } = await needConfig(
    option.config === undefined ? {} : { config: option.config },
    process.env,
  )
  const address = url ?? gatewayUrl(config)
  if (token !== undefined || anonymous) return { url: address, token }
  return { url: address, token: await developmentToken(config, { user, ttl: 12 * 3_600_000 }) }
}

const closeText = (code: number, reason: string): string => {
  const known = Object.values(closes).find((each) => each.code === code)
  return `closed ${code}${known ? `: ${known.meaning}` : ''}${reason === '' ? '' : ` (${reason})`}`
}

/** Publishes each line that is typed or piped in. The end of a terminal's input ends the command, that of a pipe does not. */
const publishLines = (send: (text: string) => void, end: () => void): void => {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => line.trim() !== '' && send(line))
  lines.on('close', () => process.stdin.isTTY && end())
}

const run = async (options: Options): Promise<void> => {
  const interrupted = new AbortController()
  const end = () => interrupted.abort()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  let frames = 0
  let client: Client | undefined
  let id = 0
  const publish = (text: string) => client?.send(publishFrame((id += 1), options.route, text))
  const onWelcome = () => {
    for (const channel of options.subscribe ?? [])
      client?.send(JSON.stringify({ subscribe: { id: String((id += 1)), channel } }))
    for (const text of options.publish ?? []) publish(text)
    if (options.route !== undefined) publishLines(publish, end)
  }
  const onFrame = (line: string) => {
    if (options.count !== undefined && frames >= options.count) return
    console.log(line)
    frames += 1
    if (/^\{\s*"welcome"/.test(line)) onWelcome()
    if (frames === options.count) end()
  }
  const { url, token } = await addressOf(options)
  client = await connectClient({ url, token, onFrame, signal: interrupted.signal })
  console.error(
    `connected to ${url}${options.route && process.stdin.isTTY ? '; type a line to publish it' : ''}`,
  )
  const { code, reason } = await client.closed
  process.stdin.destroy()
  if (!interrupted.signal.aborted) throw new CliFailure(closeText(code, reason))
}

export const addListen = (program: Command): void => {
  program
    .command('listen')
    .summary('connect to the gateway and print every frame')
    .description('Connects to a gateway as a WebSocket client and prints every frame as a line of JSON.')
    .option('--url <url>', 'where the gateway is (default: the port of the configuration on this machine)')
    .option('--user <user>', 'come in with a development token for this user', 'alice')
    .option('--token <token>', 'come in with this token')
    .option('--anonymous', 'come in without a token')
    .option('--route <route>', 'publish what is typed, line by line, to this route')
    .option('--publish <payload>', 'publish this on arrival; may be given several times', several)
    .option(
      '--subscribe <channel>',
      'subscribe to this channel on arrival; may be given several times',
      several,
    )
    .option('--count <n>', 'end after so many frames', countArgument)
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(run)
}
