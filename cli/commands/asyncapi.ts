// `openclaw asyncapi`: the configuration and its schemas as a document that other tools read.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { type ConfigOption, needConfig } from '../configuration.ts'
import { CliFailure } from '../failure.ts'
import { root } from '../project.ts'

const examples = `
Examples:
  ./openclaw asyncapi > asyncapi.yaml
  ./openclaw asyncapi --json | jq .channels

Generators, viewers and mock servers read it: see https://www.asyncapi.com/tools`

async function print({ json, ...option }: ConfigOption & { readonly json?: true }): Promise<void> {
  const { config } = await needConfig(option, process.env)
  const { readImages } = await import('../../gateway/config/image-files.ts')
  const { mergeImages } = await import('../../gateway/payloads/descriptors.ts')
  const { asyncApi } = await import('../asyncapi/document.ts')
  const descriptors = mergeImages(readImages(config.schemas.images).images)
  if (typeof descriptors === 'string') throw new CliFailure(descriptors)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const document = asyncApi(config, descriptors, version)
  const text = json
    ? JSON.stringify(document, null, 2)
    : stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 })
  process.stdout.write(`${text.trimEnd()}\n`)
}

export const addAsyncApi = (program: Command): void => {
  program
    .command('asyncapi')
    .summary('print routes, channels, feeds and schemas as AsyncAPI 3')
    .description('Prints an AsyncAPI 3 document of the configuration and the schemas it names, as YAML.')
    .option('--json', 'print JSON')
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(print)
}
