// Makes a new message: its schema, an example, and where it was asked for a route; then what is generated.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { CliFailure } from '../failure.ts'
import { imageFile } from './base.ts'
import { buf } from './buf.ts'
import type { MessageName } from './message-name.ts'
import { withRoute } from './route-edit.ts'
import { exampleText, type NewRoute, protoText } from './template.ts'

export type Scaffold = {
  readonly name: MessageName
  /** The folder of the schemas. */
  readonly folder: string
  /** The configuration that a route is added to. */
  readonly config: string
  readonly route: NewRoute | undefined
}

const need = (folder: string, args: readonly string[]): void => {
  const { ok, output } = buf(folder, args)
  if (!ok) throw new CliFailure(`buf ${args[0]} failed:\n${output}`)
}

/** Generated code and the image, as `npm run schemas:gen` makes them. */
export function generate(folder: string): void {
  if (existsSync(join(folder, 'buf.gen.yaml'))) need(folder, ['generate'])
  mkdirSync(dirname(join(folder, imageFile)), { recursive: true })
  need(folder, ['build', '--exclude-source-info', '-o', imageFile])
}

function editedConfig({ config, folder, name, route }: Scaffold): string | undefined {
  if (route === undefined) return undefined
  if (!existsSync(config)) throw new CliFailure(`there is no ${config} to put the route into`)
  const image = relative(dirname(config), join(folder, imageFile))
  const edited = withRoute(readFileSync(config, 'utf8'), route, name.full, image)
  if (typeof edited === 'string') throw new CliFailure(`${config}: ${edited}`)
  return edited.text
}

/** Throws before anything is written where something is there already. Answers the files that were written. */
export function scaffold(asked: Scaffold): readonly string[] {
  const { name, folder, config, route } = asked
  const [proto, example] = [join(folder, `${name.path}.proto`), join(folder, `${name.path}.md`)]
  for (const file of [proto, example])
    if (existsSync(file)) throw new CliFailure(`${file} is there already; nothing was written`)
  const text = editedConfig(asked)
  mkdirSync(dirname(proto), { recursive: true })
  writeFileSync(proto, protoText(name))
  try {
    need(folder, ['format', '--write', relative(folder, proto)])
    generate(folder)
  } catch (failure) {
    rmSync(proto)
    throw failure
  }
  if (route === undefined || text === undefined) return [proto]
  writeFileSync(example, exampleText(name, route))
  writeFileSync(config, text)
  return [proto, example, config]
}
