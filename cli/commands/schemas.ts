// `openclaw schemas check|new`: what contributors of schemas ask before and after a change.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { problemText } from '../../gateway/config/problem.ts'
import { several } from '../arguments.ts'
import { type ConfigOption, tryConfig } from '../configuration.ts'
import { root } from '../project.ts'
import { imageFile } from '../schemas/base.ts'
import { clientsOf } from '../schemas/clients.ts'
import { schemaFolder } from '../schemas/folder.ts'
import { checkLines } from '../schemas/gate-text.ts'
import type { Report } from '../schemas/report.ts'
import { addSchemasNew } from './schemas-new.ts'

const examples = `
Examples:
  ./openclaw schemas check                                     against the main branch
  ./openclaw schemas check --against v1.2.0                    against a tag, a branch or a commit
  ./openclaw schemas check --against theirs.binpb              against an image of buf or protoc
  ./openclaw schemas check --metrics http://127.0.0.1:9091     says which client versions still connect

Exit code: 0 all is well, 1 something would break or is not as it should be, 2 it was called wrongly.`

type Options = ConfigOption & {
  readonly dir: string
  readonly against?: string
  readonly metrics?: readonly string[]
}

const say = (lines: readonly string[]): void => {
  if (lines.length > 0) console.log(`\n${lines.join('\n')}`)
}

async function check({ dir, against, metrics, ...option }: Options): Promise<void> {
  const folder = schemaFolder(dir)
  const scratch = mkdtempSync(join(tmpdir(), 'openclaw-schemas-'))
  try {
    const { runGate } = await import('../schemas/gate.ts')
    const { clientLines, usageReport } = await import('../schemas/report.ts')
    const counts = metrics && (await clientsOf(metrics))
    const gate = runGate(folder, against, scratch)
    console.log(gate.checks.flatMap(checkLines).join('\n'))
    const loaded = await tryConfig(option, process.env)
    const usage: Report = loaded.ok
      ? usageReport(loaded.config, join(folder, imageFile), gate)
      : { ok: false, lines: ['The configuration has mistakes:', ...loaded.problems.map(problemText)] }
    say(usage.lines)
    say(clientLines(counts))
    if (!usage.ok || gate.checks.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

export const addSchemas = (program: Command): void => {
  const schemas = program
    .command('schemas')
    .summary('check schemas before they break somebody; begin a new one')
    .description('For people who contribute protobuf schemas; the walk-through is schemas/README.md.')
  schemas
    .command('check')
    .summary('say what a change of the schemas would break, and what to do instead')
    .description(
      'Checks that the schemas compile, keep their style, break nobody, and have their generated code; then which routes, channels and feeds use them.',
    )
    .option('--against <image or commit>', 'compare with this (default: the main branch)')
    .option('--metrics <url>', 'ask this node which clients connect; may be given several times', several)
    .option('--dir <folder>', 'the folder of the schemas', join(root, 'schemas'))
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(check)
  addSchemasNew(schemas)
}
