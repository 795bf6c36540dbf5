// The modules that demo pages load, the client first of all: built anew at each start of the development stack.
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
  const builds = [
    [join(root, 'client/build.ts'), '--module-only', '--out', folder],
    [join(root, 'examples/collab/build.ts'), folder],
  ]
  await Promise.allSettled(builds.map((build) => run(process.execPath, build, { timeout: longestMs })))
}
