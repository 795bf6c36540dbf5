// Keeps what the stack runs from (Kafka's jars and the jar with a Redis inside) in a cache folder, fetched once through Maven.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { StackFailure } from './failure.ts'
import type { OnJars } from './maven.ts'
import { copyJars } from './maven.ts'
import { listZip } from './zip.ts'

const here = import.meta.dirname
const pom = join(here, 'pom.xml')

/** How many jars the pinned versions in pom.xml come to; only the progress bar depends on it. */
export const expectedJars = 46

export type Jars = {
  /** Folder of this set of versions; other things made from it are kept beside `jars/`. */
  readonly home: string
  /** Folder of the jars. */
  readonly folder: string
}

export type FetchOptions = {
  /** Folder that holds the caches of all versions. */
  readonly cacheDir: string
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal | undefined
  readonly onJars?: OnJars | undefined
  /** Called once a download that was needed is over, well or not. */
  readonly onJarsEnded?: (() => void) | undefined
}

/** OPENCLAW_CACHE, else `.cache` in the project's folder. */
export function cacheDirOf(env: NodeJS.ProcessEnv): string {
  return resolve(env['OPENCLAW_CACHE'] || join(here, '..', '..', '.cache'))
}

const underWay = new Map<string, Promise<void>>()

/**
 * The jars, from the cache if they are there. Any number of processes may ask at once: each downloads to a folder of
 * its own, and the first to be complete gives it its final name. Within a process a second caller joins the first one's
 * download. Throws a StackFailure when Maven cannot get them.
 */
export async function fetchJars(options: FetchOptions): Promise<Jars> {
  const key = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12)
  const home = join(options.cacheDir, `stack-${key}`)
  const jars = { home, folder: join(home, 'jars') }
  if (await isFolder(jars.folder)) return jars
  const joined = underWay.get(home) ?? download(options, home).finally(() => underWay.delete(home))
  underWay.set(home, joined)
  await joined
  return jars
}

async function download(options: FetchOptions, home: string): Promise<void> {
  await removeLeftovers(options.cacheDir)
  const draft = join(options.cacheDir, `draft-${process.pid}-${randomUUID().slice(0, 8)}`)
  const folder = join(draft, 'jars')
  try {
    await mkdir(folder, { recursive: true })
    await copyJars({ ...options, pom, folder, total: expectedJars })
    await checkJars(folder)
    await rename(draft, home).catch(async (error: unknown) => {
      if (!(await isFolder(join(home, 'jars')))) throw error
    })
  } finally {
    options.onJarsEnded?.()
    await rm(draft, { recursive: true, force: true })
  }
}

/** Path of the jar whose name starts with `name`. */
export async function jarCalled(jars: Jars, name: string): Promise<string> {
  const file = (await readdir(jars.folder)).find((each) => each.startsWith(name))
  if (file === undefined)
    throw new StackFailure(`${jars.folder} has no ${name} jar; delete ${jars.home} and start again.`)
  return join(jars.folder, file)
}

async function checkJars(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    await listZip(join(folder, file)).catch(() => {
      throw new StackFailure(
        `Maven delivered ${file}, but it is not a readable jar: its copy in the local Maven repository (~/.m2/repository) ` +
          `is probably cut off. Delete it there and start again.`,
      )
    })
  }
}

/** Folders of downloads whose process is gone. */
async function removeLeftovers(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir).catch(() => [])) {
    const pid = Number(/^draft-(\d+)-/.exec(basename(name))?.[1] ?? 0)
    if (pid > 0 && !isAlive(pid)) await rm(join(cacheDir, name), { recursive: true, force: true })
  }
}

/** Whether a process with this id exists; one that we may not signal counts too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
