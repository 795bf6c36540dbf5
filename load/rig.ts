// Everything a run needs, started once: a Kafka and a Redis of its own, the backend, the generator, the floor and the gateway.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../cli/stack/ports.ts'
import { startStack } from '../cli/stack/stack.ts'
import { type Child, findLine, firstMessage, startChild } from './child.ts'
import type { LoadOptions, Side } from './options.ts'
import { audience, issuer, makeTokens } from './tokens.ts'
import { createTopics, names, slots, type Topics } from './topics.ts'

export type Rig = {
  readonly generator: Child
  readonly backend: Child
  readonly kafkaPid: number
  /** The sides that were asked for, each with its process and the URL of its listener. */
  readonly sides: ReadonlyMap<Side, { readonly child: Child; readonly url: string }>
  readonly tokens: readonly string[]
  readonly topics: Topics
  /** Rejects when a process that should run has ended, or the run is interrupted. */
  readonly crashed: Promise<never>
  stop(): Promise<void>
}

const script = (name: string): string => join(import.meta.dirname, name)
const cli = join(import.meta.dirname, '../cli/main.ts')

/** A gateway as it comes: every setting that is not named here has its default. */
const gatewayConfig = (brokers: readonly string[], redisUrl: string) => ({
  listen: { host: '127.0.0.1', port: 0 },
  admin: { host: '127.0.0.1', port: 0 },
  kafka: { brokers },
  redis: { url: redisUrl },
  session: { secrets: ['${file:secret}'] },
  auth: { jwt: [{ issuer, audience, jwksFile: 'jwks.json' }] },
  delivery: { slots },
  drain: { spread: '0s', timeout: '5s' },
  routes: { echo: { topic: names.echo }, sink: { topic: names.sink } },
})

/** The URL in the line by which a gateway says that it takes clients. */
const urlIn = (line: string): string | undefined =>
  line.includes('clients listening') ? /ws:\/\/[\d.:]+/.exec(line)?.[0] : undefined

const startPatienceMs = 60_000

/** Starts everything; if something does not start within a minute, or `signal` comes first, what did is stopped again. */
export const startRig = async (options: LoadOptions, signal: AbortSignal): Promise<Rig> => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-load-'))
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  let stopped = false
  const stop = async (): Promise<void> => {
    stopped = true
    for (const step of undo.splice(0).reverse()) await step()
  }
  const crash = Promise.withResolvers<never>()
  crash.promise.catch(() => {})
  signal.addEventListener('abort', () => crash.reject(signal.reason))
  const start = (name: string, args: readonly string[], profile?: string): Child => {
    if (stopped) throw new Error(`${name} is not started any more`)
    const child = startChild({ name, args, profile }, (sentence) => crash.reject(new Error(sentence)))
    undo.push(() => child.stop())
    return child
  }
  const open = async (): Promise<Rig> => {
    const [kafkaPort = 0, redisPort = 0] = await freePorts(2)
    const stack = await startStack({ kafkaPort, redisPort, dataDir: folder, persistent: false, signal })
    undo.push(() => stack.stop())
    const brokers = stack.brokers.join(',')
    const topics = await createTopics(stack.brokers)
    undo.push(() => topics.close())
    const tokens = await makeTokens(join(folder, 'jwks.json'), options.connections)

    const backend = start('backend', [script('backend.ts'), brokers, names.echo])
    await firstMessage(backend)
    const sides: [Side, { child: Child; url: string }][] = []
    if (options.sides.includes('floor')) {
      const args = [script('floor.ts'), brokers, names.floorSlot, names.echo, names.sink]
      const child = start('floor', args, options.profile)
      const { port } = await firstMessage<{ port: number }>(child)
      sides.push(['floor', { child, url: `ws://127.0.0.1:${port}` }])
    }
    if (options.sides.includes('gateway')) {
      const file = join(folder, 'openclaw.yaml')
      writeFileSync(join(folder, 'secret'), 'a secret of the load only')
      writeFileSync(file, JSON.stringify(gatewayConfig(stack.brokers, stack.redisUrl)))
      const child = start('gateway', [cli, 'start', '--config', file], options.profile)
      sides.push(['gateway', { child, url: await findLine(child, urlIn) }])
    }
    const generator = start('generator', [script('generator.ts')])
    const kafkaPid = stack.kafka?.pid ?? 0
    const { promise: crashed } = crash
    return { generator, backend, kafkaPid, sides: new Map(sides), tokens, topics, crashed, stop }
  }
  const late = setTimeout(
    () => crash.reject(new Error('not everything started within a minute')),
    startPatienceMs,
  )
  try {
    return await Promise.race([open(), crash.promise])
  } catch (failure) {
    await stop()
    throw failure
  } finally {
    clearTimeout(late)
  }
}
