// `openclaw check-config`: every mistake of the configuration at once, or that there is none.
import { relative } from 'node:path'
import type { Command } from 'commander'
import { problemText } from '../../gateway/config/problem.ts'
import { type ConfigOption, tryConfig } from '../configuration.ts'

const examples = `
Examples:
  ./openclaw check-config
  ./openclaw check-config --config /etc/openclaw.yaml && echo good
  OPENCLAW_LISTEN_PORT=99999 ./openclaw check-config     variables are checked too

Exit code: 0 without a mistake, 1 with one.`

export const addCheckConfig = (program: Command): void => {
  program
    .command('check-config')
    .summary('name every mistake of the configuration')
    .description(
      'Reads the configuration and the OPENCLAW_ variables and names every mistake in them, with its line.',
    )
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(async (option: ConfigOption) => {
      const loaded = await tryConfig(option, process.env)
      const name = relative(process.cwd(), loaded.file)
      if (loaded.ok) {
        console.log(`${name} is good`)
        return
      }
      for (const problem of loaded.problems) console.error(problemText(problem))
      process.exitCode = 1
    })
}
