// `openclaw schemas new`: a message to begin with, and a route that takes it.
import { join, relative } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { type ConfigOption, configFile } from '../configuration.ts'
import { CliFailure } from '../failure.ts'
import { root } from '../project.ts'
import { schemaFolder } from '../schemas/folder.ts'
import { readMessageName } from '../schemas/message-name.ts'
import { scaffold } from '../schemas/scaffold.ts'
import { listenCommand, type NewRoute } from '../schemas/template.ts'

const examples = `
Examples:
  ./openclaw schemas new chat.v1.Typing --route typing     schemas/chat/v1/typing.proto, and a route to typing.in
  ./openclaw schemas new chat.v1.Typing                    the schema alone

Nothing that is there is written over. The walk-through is schemas/README.md.`

type Options = ConfigOption & { readonly dir: string; readonly route?: string; readonly topic?: string }

const routeArgument = (text: string): string => {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(text))
    throw new InvalidArgumentError('Write 1 to 64 of a-z 0-9 . _ -')
  return text
}

const topicArgument = (text: string): string => {
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(text))
    throw new InvalidArgumentError('Write 1 to 249 of A-Z a-z 0-9 . _ -')
  return text
}

const routeOf = ({ route, topic }: Options): NewRoute | undefined => {
  if (route === undefined && topic !== undefined) throw new CliFailure('--topic needs --route', 2)
  return route === undefined ? undefined : { route, topic: topic ?? `${route}.in` }
}

const nextSteps = (proto: string, route: NewRoute | undefined): readonly string[] => [
  `say in ${proto} what it is, then: npm run schemas:gen`,
  './openclaw schemas check',
  ...(route === undefined
    ? ['name it in openclaw.yaml: payload: { types: { … } } of a route, a channel or a feed']
    : [
        `npm start, or for a stack that runs: ./openclaw topics apply, which makes ${route.topic}`,
        listenCommand(route.route),
      ]),
]

function make(full: string, options: Options): void {
  const name = readMessageName(full)
  if (typeof name === 'string') throw new CliFailure(name, 2)
  const route = routeOf(options)
  const config = configFile(options, process.env)
  const written = scaffold({ name, folder: schemaFolder(options.dir), config, route })
  const [proto = ''] = written.map((file) => relative(process.cwd(), file))
  console.log(`written: ${written.map((file) => relative(process.cwd(), file)).join(', ')}`)
  console.log('Next:')
  for (const [at, step] of nextSteps(proto, route).entries()) console.log(`  ${at + 1}. ${step}`)
}

/** `schemas` is the command that this one belongs to. */
export const addSchemasNew = (schemas: Command): void => {
  schemas
    .command('new')
    .summary('begin a new message')
    .description(
      'Writes a message with a first rule, and where asked for a route that takes it and an example.',
    )
    .argument('<name>', 'package, version and message: chat.v1.Typing')
    .option('--route <name>', 'also a route of this name', routeArgument)
    .option('--topic <topic>', 'the topic of the route (default: <route>.in)', topicArgument)
    .option('--dir <folder>', 'the folder of the schemas', join(root, 'schemas'))
    .option('-c, --config <file>', 'the configuration that gets the route (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(make)
}
