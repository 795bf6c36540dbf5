// `openclaw print-config`: what is in force and where it came from, or the reference of all settings.
import type { Command } from 'commander'
import { type EffectiveSetting, effectiveSettings } from '../../gateway/config/effective.ts'
import { reference, referenceEntries } from '../../gateway/config/reference.ts'
import { type ConfigOption, needConfig } from '../configuration.ts'

const examples = `
Examples:
  ./openclaw print-config                     what is in force; what is not a default says where it came from
  ./openclaw print-config --json | jq .       the same for programs
  ./openclaw print-config --reference | less  every setting with its type, default, variable and purpose

Secrets, and credentials inside URLs, are never printed.`

type Options = ConfigOption & { readonly reference?: true; readonly json?: true }

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const lineOf = ({ setting, value, source }: EffectiveSetting): string => {
  const line = `${setting}: ${valueText(value)}`
  return source === 'default' ? line : `${line.padEnd(56)} # ${source}`
}

export const addPrintConfig = (program: Command): void => {
  program
    .command('print-config')
    .summary('print the configuration in force')
    .description('Prints the configuration in force, and where each value that is no default came from.')
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .option('--reference', 'print every setting there is instead, as Markdown')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (option: Options) => {
      if (option.reference) {
        process.stdout.write(option.json ? `${JSON.stringify(referenceEntries(), null, 2)}\n` : reference())
        return
      }
      const { config, sources } = await needConfig(option, process.env)
      const all = effectiveSettings(config, sources)
      console.log(option.json ? JSON.stringify(all, null, 2) : all.map(lineOf).join('\n'))
    })
}
