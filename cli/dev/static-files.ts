// Files of a folder as a web server answers them: known kinds only, nothing hidden, nothing outside of the folder.
import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

export type StaticFile = { readonly type: string; readonly bytes: Buffer }

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

/** A plain path of letters, digits, `-`, `_` and dots inside of names: no `..`, no hidden file, no escape. */
const plainPath = /^(?:\/[\w-]+(?:\.[\w-]+)*)*\/?$/

/**
 * The file that the path of a URL names; a folder stands for its index.html. Undefined where there is none that may be
 * shown.
 */
export async function staticFile(folder: string, path: string): Promise<StaticFile | undefined> {
  if (!plainPath.test(path)) return undefined
  const wanted = path.endsWith('/') ? `${path}index.html` : path
  const type = types[extname(wanted)]
  if (type === undefined) return undefined
  try {
    const [root, file] = await Promise.all([realpath(folder), realpath(join(folder, wanted))])
    // A link may lead anywhere.
    if (!file.startsWith(root + sep)) return undefined
    return { type, bytes: await readFile(file) }
  } catch {
    return undefined
  }
}
