// Starts a real Apache Kafka, one node, from its jars: no container, nothing installed but Java and Maven.
import { join, resolve } from 'node:path'
import { cacheDirOf, fetchJars } from './jars.ts'
import { findJava } from './java.ts'
import { createClassArchive } from './kafka-classes.ts'
import { type KafkaProperties, prepareData } from './kafka-data.ts'
import type { OnJars } from './maven.ts'
import { freePorts, requireFreePort } from './ports.ts'
import { kafkaServes } from './probe.ts'
import type { ServerPlan } from './server-process.ts'
import { ServerProcess } from './server-process.ts'

export type KafkaOptions = {
  readonly port: number
  /** For Kafka's talk with itself. Default: any free port, another one at each start. */
  readonly controllerPort?: number | undefined
  /** Kept over restarts; made if it is not there. */
  readonly dataDir: string
  readonly logFile: string
  /** Named when the port is taken. */
  readonly portVariable?: string | undefined
  /** Options for Java, after our own: the last of two wins. */
  readonly javaOpts?: readonly string[] | undefined
  /** Stop a few seconds longer the first time, to start in half the time later. */
  readonly keepClasses?: boolean | undefined
  /** Settings over our own, and words for the formatting of a new data folder. */
  readonly properties?: KafkaProperties | undefined
  readonly formatting?: readonly string[] | undefined
  /** Ends the start, not the running server. */
  readonly signal?: AbortSignal | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly onJars?: OnJars | undefined
  readonly onJarsEnded?: (() => void) | undefined
  readonly onCrash?: ServerPlan['onCrash']
}

/** A Kafka that we started. `restart()` keeps its port and its data. */
export class Kafka extends ServerProcess {
  readonly brokers: readonly string[]

  constructor(plan: ServerPlan, port: number) {
    super(plan)
    this.brokers = [`127.0.0.1:${port}`]
  }
}

/** Starts Kafka and comes back when it serves. Throws a StackFailure that says what to do when it cannot. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const env = options.env ?? process.env
  const { port, signal, onJars, onJarsEnded } = options
  await requireFreePort(port, 'Kafka', options.portVariable)
  const java = await findJava(env, signal)
  const jars = await fetchJars({ cacheDir: cacheDirOf(env), env, signal, onJars, onJarsEnded })
  const dataDir = resolve(options.dataDir)
  const [freePort = 0] = options.controllerPort === undefined ? await freePorts(1) : []
  const controllerPort = options.controllerPort ?? freePort
  if (freePort === 0) await requireFreePort(controllerPort, "Kafka's controller")
  const { properties, formatting } = options
  const places = { port, controllerPort, dataDir }
  const settings = await prepareData(java, jars, { ...places, properties, formatting, signal })
  const classes = createClassArchive(java, jars, dataDir, options.keepClasses ?? false)
  const logging = `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'log4j2.properties')}`
  const kafka = new Kafka(
    {
      name: 'Kafka',
      command: java.path,
      args: () => {
        const small = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
        const safe = ['-XX:+IgnoreUnrecognizedVMOptions', '-XX:+ExitOnOutOfMemoryError']
        const tuning = [...safe, ...small, ...classes.javaOptions(), ...(options.javaOpts ?? [])]
        return [...tuning, logging, '-cp', join(jars.folder, '*'), 'kafka.Kafka', settings]
      },
      folder: dataDir,
      logFile: resolve(options.logFile),
      serves: () => kafkaServes(port),
      startMs: 60_000,
      stopMs: 20_000,
      explain: (lines) => explain(lines, port, dataDir),
      onCrash: options.onCrash,
      onStopped: () => classes.keep(),
    },
    port,
  )
  await kafka.start(signal)
  return kafka
}

/** The better sentence for what goes wrong most often. */
function explain(lines: string, port: number, dataDir: string): string | undefined {
  if (/Failed to acquire lock on file/.test(lines)) {
    return `Another Kafka that is still running uses the data in ${dataDir}: stop that one first.`
  }
  if (/Address already in use/.test(lines))
    return `Kafka found a port taken, ${port} or the one of its controller.`
  if (/No space left on device/.test(lines)) return `The disk that holds ${dataDir} is full.`
  return undefined
}
