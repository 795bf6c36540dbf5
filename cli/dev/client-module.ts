// The client as one module for `GET /openclaw.js`, built anew at each start of the development stack.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../project.ts'

const run = promisify(execFile)
const longestMs = 30_000

/** Where gateways look for it. */
export const clientFolder = join(root, 'client/dist')

/** Without the tools of development (`npm ci --omit=dev`) there is none: then the gateway says how to build it. */
export async function buildClientModule(folder = clientFolder): Promise<void> {
  const build = join(root, 'client/build.ts')
  await run(process.execPath, [build, '--module-only', '--out', folder], { timeout: longestMs }).catch(
    () => undefined,
  )
}
