// Checks the schemas: style, format, that main's readers can still read them, and that the generated code is theirs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runGate } from '../cli/schemas/gate.ts'
import { checkLines } from '../cli/schemas/gate-text.ts'

const scratch = mkdtempSync(join(tmpdir(), 'openclaw-schemas-'))
try {
  const { checks } = runGate(join(import.meta.dirname, '../schemas'), undefined, scratch)
  console.log(checks.flatMap(checkLines).join('\n'))
  if (checks.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
