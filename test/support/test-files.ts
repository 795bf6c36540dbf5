// Which test files there are, and which of them want the machine for themselves.
import { globSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'

export type TestFiles = {
  /** Run a few at a time. */
  readonly parallel: readonly string[]
  /** test/system: whole stacks and faults; run after the others, one at a time. */
  readonly serial: readonly string[]
}

/** All test files under `root`, or those at or below one of the `selected` paths. */
export function testFiles(root: string, selected: readonly string[]): TestFiles {
  const wanted = selected.map((path) => resolve(path))
  const files = globSync('test/**/*.test.ts', { cwd: root })
    .map((path) => join(root, path))
    .filter(
      (path) => wanted.length === 0 || wanted.some((each) => path === each || path.startsWith(each + sep)),
    )
    .sort()
  const system = join(root, 'test', 'system') + sep
  return {
    parallel: files.filter((path) => !path.startsWith(system)),
    serial: files.filter((path) => path.startsWith(system)),
  }
}
