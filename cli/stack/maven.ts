// Asks Maven for the jars of pom.xml: with the user's own mirrors and local repository, and with its progress told.
import { StackFailure, stopIfAborted } from './failure.ts'
import { onPath } from './java.ts'
import { run } from './run.ts'

/** Told how many of the jars are here. */
export type OnJars = (done: number, total: number) => void

export type CopyOptions = {
  readonly pom: string
  /** Where the jars go. */
  readonly folder: string
  readonly total: number
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal | undefined
  readonly onJars?: OnJars | undefined
}

const orElse =
  'or set OPENCLAW_KAFKA_BROKERS and OPENCLAW_REDIS_URL to a Kafka and a Redis that you already have'

// Its version is the one that pom.xml names.
const goal = 'org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies'

/** Milliseconds without a word from Maven after which a download counts as stuck. */
const silenceMs = 300_000

/** Copies every jar that pom.xml needs at run time into `folder`. Throws a StackFailure that says what to do. */
export async function copyJars(options: CopyOptions): Promise<void> {
  const [mvn] = await onPath('mvn', options.env)
  if (mvn === undefined) {
    throw new StackFailure(
      `Kafka and Redis are downloaded through Maven, and there is no mvn in PATH. Install it ` +
        `(Debian and Ubuntu: apt install maven; macOS: brew install maven), ${orElse}.`,
    )
  }
  const count = createCount((done) => options.onJars?.(Math.min(done, options.total), options.total))
  const args = ['-B', '-f', options.pom, goal]
  const properties = [`-DoutputDirectory=${options.folder}`, '-DincludeScope=runtime', '-Dstyle.color=never']
  const { code, lines, trouble } = await run(mvn, [...args, ...properties], {
    env: options.env,
    signal: options.signal,
    silenceMs,
    onLine: count,
  })
  stopIfAborted(options.signal, 'downloading Kafka and Redis')
  if (trouble === undefined && code === 0) return
  throw toFailure(lines, trouble === 'silent')
}

/**
 * Counts our own jars as Maven tells of them. They are downloaded between the banner of the project and the banner of
 * the plugin; before and after it Maven may fetch its plugin, which is not counted.
 */
function createCount(tell: (done: number) => void): (line: string) => void {
  let counting = false
  let done = 0
  return (line) => {
    if (line.includes('Building ')) counting = true
    else if (line.includes(':copy-dependencies')) counting = false
    else if (counting && /Downloaded from .*\.jar\b/.test(line)) tell((done += 1))
  }
}

/** Says in one sentence why Maven failed. */
export function toFailure(lines: readonly string[], silent: boolean): StackFailure {
  const errors = lines.filter(
    (line) => /^\[(ERROR|FATAL)\]/.test(line) && !/^\[\w+\] (\[Help|To see|Re-run|For more|$)/.test(line),
  )
  const detail = (errors.length > 0 ? errors.slice(0, 4) : lines.slice(-8)).join('\n')
  const said = lines.join('\n')
  if (silent) {
    return new StackFailure(
      `The download of Kafka and Redis through Maven made no progress for ${silenceMs / 60_000} minutes. ` +
        `Check the network and start again (what is there already is kept), ${orElse}.`,
      detail,
    )
  }
  if (
    /Could not (transfer|find|resolve)|UnknownHost|Connection (refused|timed out)|offline mode/i.test(said)
  ) {
    return new StackFailure(
      `Maven could not download Kafka and Redis. Check the network, or name a mirror you can reach in ` +
        `~/.m2/settings.xml, and start again; ${orElse}.`,
      detail,
    )
  }
  return new StackFailure(`Maven failed to download Kafka and Redis; try "mvn -version", ${orElse}.`, detail)
}
