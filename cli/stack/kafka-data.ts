// What Kafka needs on disk before it starts: its settings, and a data folder that has been formatted.
import { randomUUID } from 'node:crypto'
import { cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StackFailure, stopIfAborted } from './failure.ts'
import type { Jars } from './jars.ts'
import type { Java } from './java.ts'
import { run } from './run.ts'

// Sixteen bytes in base64, as Kafka wants it: "openclaw-stack-1".
const clusterId = 'b3BlbmNsYXctc3RhY2stMQ'

/** Settings of Kafka's own, over ours. */
export type KafkaProperties = Readonly<Record<string, string | number | boolean>>

/** Settings of one node that is broker and controller at once, quick to start and small, for one machine only. */
export function kafkaProperties(
  port: number,
  controllerPort: number,
  logFolder: string,
  more: KafkaProperties = {},
): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': logFolder,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // Nobody else is about to join: do not wait for more members.
    'group.initial.rebalance.delay.ms': 0,
    // A mistyped topic is refused instead of made.
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    // After a kill the same broker may register again only when its old session is over.
    'broker.session.timeout.ms': 2_000,
    'broker.heartbeat.interval.ms': 500,
    ...more,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  return `${lines.join('\n')}\n`
}

export type PrepareOptions = {
  readonly port: number
  readonly controllerPort: number
  readonly dataDir: string
  readonly properties?: KafkaProperties | undefined
  /** More words for the formatting, such as `--add-scram`. */
  readonly formatting?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** Writes the settings into `dataDir` and formats its log folder if it is new. Answers the path of the settings. */
export async function prepareData(java: Java, jars: Jars, options: PrepareOptions): Promise<string> {
  const logFolder = join(options.dataDir, 'log')
  const settings = join(options.dataDir, 'server.properties')
  await mkdir(options.dataDir, { recursive: true })
  const { port, controllerPort, properties, formatting, signal } = options
  await writeFile(settings, kafkaProperties(port, controllerPort, logFolder, properties))
  if (await exists(join(logFolder, 'meta.properties'))) return settings
  if (formatting === undefined) {
    const formatted = await formattedFolder(java, jars, signal)
    await intoPlace(logFolder, (draft) => cp(formatted, draft, { recursive: true }))
  } else await intoPlace(logFolder, (draft) => format(java, jars, draft, formatting, signal))
  return settings
}

/** A freshly formatted log folder, made once for this Kafka and copied for each new data folder: that saves a second. */
async function formattedFolder(java: Java, jars: Jars, signal?: AbortSignal): Promise<string> {
  const folder = join(jars.home, 'formatted')
  if (await exists(join(folder, 'meta.properties'))) return folder
  await intoPlace(folder, (draft) => format(java, jars, draft, [], signal))
  return folder
}

async function format(
  java: Java,
  jars: Jars,
  draft: string,
  more: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(draft)
  const settings = `${draft}.properties`
  await writeFile(settings, kafkaProperties(1, 2, draft))
  const classes = ['-cp', join(jars.folder, '*'), 'kafka.tools.StorageTool']
  const done = await run(java.path, [...classes, 'format', '-t', clusterId, '-c', settings, ...more], {
    signal,
    silenceMs: 60_000,
  })
  await rm(settings, { force: true })
  stopIfAborted(signal, 'formatting the data folder of Kafka')
  if (done.code !== 0) {
    throw new StackFailure('Kafka could not format a data folder:', done.lines.slice(-12).join('\n'))
  }
}

/** Makes a folder under another name first, so that it is never seen half done; a complete one that is there wins. */
async function intoPlace(folder: string, make: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${folder}-${randomUUID().slice(0, 8)}`
  try {
    await make(draft)
    await rename(draft, folder).catch(async (error: unknown) => {
      if (!(await exists(join(folder, 'meta.properties')))) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
