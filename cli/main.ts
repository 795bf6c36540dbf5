// The command line: reads the arguments, runs one command, and turns failures into one sentence and an exit code.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { addAcl } from './commands/acl.ts'
import { addAsyncApi } from './commands/asyncapi.ts'
import { addCheckConfig } from './commands/check-config.ts'
import { addConformance } from './commands/conformance.ts'
import { addDev } from './commands/dev.ts'
import { addKeys } from './commands/keys.ts'
import { addListen } from './commands/listen.ts'
import { addPolicy } from './commands/policy.ts'
import { addPrintConfig } from './commands/print-config.ts'
import { addRevoke } from './commands/revoke.ts'
import { addSchemas } from './commands/schemas.ts'
import { addSend } from './commands/send.ts'
import { addStart } from './commands/start.ts'
import { addToken } from './commands/token.ts'
import { addTopics } from './commands/topics.ts'
import { CliFailure, failureText } from './failure.ts'
import { root } from './project.ts'

const overview = `
A first walk:
  ./openclaw dev                               everything on this machine; leave it running
  ./openclaw listen --route echo               in a second terminal: a client; type a line
  ./openclaw send user:alice '{"n":1}'         in a third one: a backend

Exit codes: 0 done, 1 it failed, 2 it was called wrongly. Set DEBUG=1 to see where a failure came from.`

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const createProgram = (): Command => {
  const program = new Command('openclaw')
    .description('OpenClaw Gateway: WebSocket clients on one side, Kafka on the other.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', overview)
    .helpCommand('help [command]', 'teach a command')
    .showHelpAfterError(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'openclaw: ')) })
    .exitOverride()
  for (const add of [
    addDev,
    addStart,
    addCheckConfig,
    addPrintConfig,
    addTopics,
    addAcl,
    addToken,
    addRevoke,
    addKeys,
    addPolicy,
    addSchemas,
    addAsyncApi,
    addSend,
    addListen,
    addConformance,
  ]) {
    add(program)
  }
  return program
}

const run = async (): Promise<void> => {
  try {
    await createProgram().parseAsync()
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      process.exitCode = thrown.exitCode === 0 ? 0 : 2
      return
    }
    console.error(`openclaw: ${failureText(thrown, process.env)}`)
    process.exitCode = thrown instanceof CliFailure ? thrown.exitCode : 1
  }
}

// A reader that has seen enough, such as `head`, is no failure. What has to be stopped in order stops as on SIGTERM.
let isReaderGone = false
process.stdout.on('error', (failure: NodeJS.ErrnoException) => {
  if (failure.code !== 'EPIPE' || isReaderGone) return
  isReaderGone = true
  if (process.listenerCount('SIGTERM') === 0) process.exit(0)
  process.kill(process.pid, 'SIGTERM')
})

await run()
