// The folder of schemas that a command works on.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CliFailure } from '../failure.ts'

/** Its full path. Throws where no schemas can be in it. */
export function schemaFolder(dir: string): string {
  const folder = resolve(dir)
  if (!existsSync(join(folder, 'buf.yaml'))) throw new CliFailure(`there is no buf.yaml in ${folder}`, 2)
  return folder
}
