// Finds a Java that really runs and is new enough for Kafka.
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { StackFailure, stopIfAborted } from './failure.ts'
import { run } from './run.ts'

/** The oldest Java that Kafka 4 runs on. */
export const oldestJava = 17

export type Java = {
  /** Path of the `java` program. */
  readonly path: string
  /** The feature release: 17, 21, … */
  readonly release: number
  /** The whole version, which tells two builds of one release apart. */
  readonly version: string
}

/**
 * The first Java of JAVA_HOME and PATH that answers `-version` and is new enough.
 * Throws a StackFailure that says what was found and what to install.
 */
export async function findJava(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Java> {
  const seen: string[] = []
  for (const path of await javaCandidates(env)) {
    const { lines, trouble } = await run(path, ['-version'], { env, signal, silenceMs: 20_000 })
    stopIfAborted(signal, 'looking for Java')
    const version = /version "([^"]+)"/.exec(lines.join('\n'))?.[1]
    if (version === undefined) {
      seen.push(`${path} does not run${trouble === 'silent' ? ' (no answer)' : ''}`)
      continue
    }
    const release = toRelease(version)
    if (release >= oldestJava) return { path, release, version }
    seen.push(`${path} is Java ${version}`)
  }
  const found = seen.length > 0 ? ` Found: ${seen.join('; ')}.` : ''
  throw new StackFailure(
    `Kafka needs Java ${oldestJava} or newer, and none was found in JAVA_HOME or PATH.${found} ` +
      `Install one (Debian and Ubuntu: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17), ` +
      `or set OPENCLAW_KAFKA_BROKERS to the addresses of a Kafka you already have.`,
  )
}

/** "17.0.15" is 17; "1.8.0_402", the old way of counting, is 8. */
export function toRelease(version: string): number {
  const [first = '0', second = '0'] = version.split(/[._+-]/)
  return Number(first === '1' ? second : first)
}

async function javaCandidates(env: NodeJS.ProcessEnv): Promise<string[]> {
  const home = env['JAVA_HOME']
  return [...(home ? [join(home, 'bin', 'java')] : []), ...(await onPath('java', env))]
}

/** Every file called `name` in the folders of PATH, in their order. */
export async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const found: string[] = []
  for (const folder of folders) {
    const path = join(folder, name)
    const there = await access(path).then(
      () => true,
      () => false,
    )
    if (there) found.push(path)
  }
  return found
}
