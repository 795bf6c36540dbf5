// Images of descriptors for tests, built by buf as a contributor builds them.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The image of this repository. */
export const ownImage = join(root, 'schemas', 'gen', 'image.binpb')

/** The image of these files, by their names; `buf/validate/validate.proto` can be imported. Throws what buf says. */
export function buildImage(files: Readonly<Record<string, string>>): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-image-'))
  try {
    cpSync(join(root, 'schemas', 'buf'), join(folder, 'buf'), { recursive: true })
    writeFileSync(join(folder, 'buf.yaml'), 'version: v2\n')
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const buf = join(root, 'node_modules', '.bin', 'buf')
    const { status, stderr } = spawnSync(buf, ['build', '-o', 'image.binpb'], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    return readFileSync(join(folder, 'image.binpb'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
