// `openclaw conformance`: a scripted gateway that client libraries in any language are tried against.
import type { Command } from 'commander'
import { countArgument, several } from '../arguments.ts'
import type { Result } from '../conformance/server.ts'
import { CliFailure } from '../failure.ts'

const examples = `
Examples:
  ./openclaw conformance --listen 8090                                  then connect to ws://127.0.0.1:8090/?scenario=hello
  ./openclaw conformance --client-command 'node examples/conformance/client.ts {url}'
  ./openclaw conformance --level core --client-command 'python3 examples/python/client.py {url}'
  curl http://127.0.0.1:8090/          the scenarios
  curl http://127.0.0.1:8090/results   what was seen so far

What the client program has to do is the same in each scenario: client/CONFORMANCE.md.
Exit codes with --client-command: 0 all scenarios passed, 1 some did not.`

type Options = {
  readonly listen?: number
  readonly clientCommand?: string
  readonly level?: string
  readonly scenario?: readonly string[]
  readonly jobs?: number
}

const show = ({ scenario, ok, checks }: Result): void => {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${scenario}`)
  for (const { name, ok: kept, detail } of checks)
    if (!kept) console.log(`         not so: ${name}${detail === undefined ? '' : ` (${detail})`}`)
}

const run = async ({ listen, clientCommand, level = 'full', scenario, jobs = 4 }: Options): Promise<void> => {
  if (level !== 'core' && level !== 'full') throw new CliFailure(`--level is core or full, not ${level}`, 2)
  const { scenarios, startConformance } = await import('../conformance/server.ts')
  const names =
    scenario ?? scenarios.filter((each) => level === 'full' || each.level === 'core').map(({ name }) => name)
  const unknown = names.find((name) => scenarios.every((each) => each.name !== name))
  if (unknown !== undefined) throw new CliFailure(`there is no scenario ${unknown}`, 2)
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
  const gateway = await startConformance(
    listen ?? (clientCommand === undefined ? 8090 : 0),
    clientCommand === undefined,
    show,
  )
  try {
    if (clientCommand === undefined) {
      console.log(
        `connect to ws://127.0.0.1:${gateway.port}/?scenario=<name>; the names are at http://127.0.0.1:${gateway.port}/`,
      )
      await new Promise<void>((resolve) =>
        interrupted.signal.addEventListener('abort', () => resolve(), { once: true }),
      )
      return
    }
    const { runClient } = await import('../conformance/run-client.ts')
    const results = await runClient(gateway, names, clientCommand, jobs, interrupted.signal)
    const failed = results.filter(({ ok }) => !ok)
    if (interrupted.signal.aborted) throw new CliFailure('interrupted')
    if (failed.length > 0) throw new CliFailure(`${failed.length} of ${results.length} scenarios failed`)
    console.log(`all ${results.length} scenarios passed`)
  } finally {
    await gateway.stop()
  }
}

export const addConformance = (program: Command): void => {
  program
    .command('conformance')
    .summary('try a client library against a scripted gateway')
    .description(
      'A gateway that follows a script and not its own mind: client libraries of any language are tried against it.',
    )
    .option(
      '--listen <port>',
      'where to listen (default: 8090; any free port with --client-command)',
      countArgument,
    )
    .option('--client-command <command>', 'run this once for each scenario; {url} in it is the address')
    .option('--level <level>', 'core, or full', 'full')
    .option('--scenario <name>', 'only this one; may be given several times', several)
    .option('--jobs <n>', 'so many scenarios at a time', countArgument, 4)
    .addHelpText('after', examples)
    .action(run)
}
