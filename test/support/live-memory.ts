// How much memory a node of ours really needs: it collects its garbage first.
import { join } from 'node:path'
import type { NodeProcess } from './node-process.ts'
import { waitFor } from './wait.ts'

/** Flags of Node for a process that can be asked. */
export const countsMemory: readonly string[] = [
  '--expose-gc',
  '--import',
  join(import.meta.dirname, '../../load/memory/report.ts'),
]

const mark = 'memory '

/** Bytes that live after a collection, in the heap and outside of it. */
export async function liveMemory(node: NodeProcess): Promise<number> {
  const said = () =>
    node.lines.flatMap(({ msg }) => (String(msg).startsWith(mark) ? [String(msg).slice(mark.length)] : []))
  const before = said().length
  node.signal('SIGUSR2')
  await waitFor(() => said().length > before, { timeoutMs: 20_000, describe: 'an answer to SIGUSR2' })
  const { heap, external } = JSON.parse(said().at(-1) ?? '{}') as { heap: number; external: number }
  return heap + external
}
