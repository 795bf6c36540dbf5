// The development stack, up and down: Kafka and Redis, topics, a gateway, the example consumers; stopped in reverse.
import { resolve } from 'node:path'
import { withoutCredentials } from '../../gateway/config/problem.ts'
import { adminUrl, gatewayUrl } from '../addresses.ts'
import { developmentToken } from '../development-token.ts'
import { CliFailure } from '../failure.ts'
import { createProgress } from '../stack/progress.ts'
import { type Stack, startStack } from '../stack/stack.ts'
import { applyTopics } from '../topics.ts'
import { Child } from './child.ts'
import { buildClientModule } from './client-module.ts'
import { createInterrupt, type Interrupt } from './interrupt.ts'
import { createOutput } from './output.ts'
import { type Pages, startPages } from './pages.ts'
import { gatewayProgram, makePlan, type Plan, type Program } from './plan.ts'
import { untilReady } from './ready.ts'
import { welcomeText } from './welcome.ts'

export type DevOptions = {
  readonly config?: string
  /** Folder for the data and logs of Kafka and Redis. */
  readonly data: string
}

/** What runs, in the order in which it was started. */
type Running = {
  stack: Stack | undefined
  gateway: Child | undefined
  consumers: Child[]
  pages: Pages | undefined
}

const consumerStopMs = 10_000
const readyMs = 60_000

const say = (text: string) => process.stdout.write(`${text}\n`)
const secondsSince = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`

const startServers = (plan: Plan, options: DevOptions, interrupt: Interrupt): Promise<Stack> =>
  startStack({
    kafkaPort: plan.kafkaPort,
    redisPort: plan.redisPort,
    dataDir: resolve(options.data),
    persistent: true,
    brokers: plan.brokers,
    redisUrl: plan.redisUrl,
    keepClasses: true,
    signal: interrupt.signal,
    env: plan.env,
    onProgress: createProgress(process.stdout),
    onCrash: (failure) => interrupt.because(failure.message),
  })

/** Starts the gateway and the backend to try first. Answers how to start the others, which would only slow these down. */
const startPrograms = (plan: Plan, running: Running, interrupt: Interrupt): (() => void) => {
  const output = createOutput(
    process.stdout,
    Math.max(...['gateway', ...plan.consumers.map(({ name }) => name)].map((name) => name.length)),
  )
  const start = ({ name, args }: Program) =>
    new Child({
      name,
      args,
      env: plan.env,
      onLine: output.line,
      onCrash: (sentence) => interrupt.because(sentence),
    })
  running.gateway = start(gatewayProgram(plan))
  const isFirst = ({ name }: Program) => name === 'echo'
  running.consumers = plan.consumers.filter(isFirst).map(start)
  return () => {
    running.consumers.push(...plan.consumers.filter((each) => !isFirst(each)).map(start))
  }
}

const start = async (options: DevOptions, running: Running, interrupt: Interrupt): Promise<void> => {
  const plan = await makePlan(options, process.env)
  const { config } = plan
  say('Starting the development stack; Ctrl-C stops it.')
  running.stack = await startServers(plan, options, interrupt)
  const since = performance.now()
  const { missing, differences } = await applyTopics(config)
  say(`Topics are there, ${missing.length} of them new (${secondsSince(since)})`)
  for (const sentence of differences) say(`Not as it should be: ${sentence}`)
  interrupt.signal.throwIfAborted()
  await buildClientModule()
  const startOthers = startPrograms(plan, running, interrupt)
  const admin = adminUrl(config)
  const onWaiting = (reasons: string) => say(`The gateway is not ready yet: ${reasons}`)
  await untilReady({ admin, timeoutMs: readyMs, signal: interrupt.signal, onWaiting })
  startOthers()
  const tokenOf = (user: string) => developmentToken(config, { user, ttl: 12 * 3_600_000 })
  const token = await tokenOf('alice')
  const gateway = gatewayUrl(config)
  running.pages = await startPages({ port: plan.pagesPort, gateways: () => [gateway], token: tokenOf })
  const pages = running.pages.url
  const redis = withoutCredentials(running.stack.redisUrl)
  const brokers = running.stack.brokers.join(',')
  say(welcomeText({ pages, gateway, admin, brokers, redis, token, variables: plan.given }))
}

const stop = async ({ stack, gateway, consumers, pages }: Running, drainMs: number): Promise<void> => {
  const each = async (child: Child, timeoutMs: number) => {
    const since = performance.now()
    await child.stop(timeoutMs)
    say(`${child.name} stopped (${secondsSince(since)})`)
  }
  if (stack) say('')
  await pages?.stop()
  await Promise.all(consumers.map((child) => each(child, consumerStopMs)))
  if (gateway) await each(gateway, drainMs)
  await stack?.stop()
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done()
    else signal.addEventListener('abort', () => done(), { once: true })
  })

/**
 * Starts everything, prints the addresses, and comes back when everything has been stopped after Ctrl-C. Throws a
 * CliFailure where it could not start or a part ended by itself; then too everything has been stopped.
 */
export const runDev = async (options: DevOptions): Promise<void> => {
  const running: Running = { stack: undefined, gateway: undefined, consumers: [], pages: undefined }
  const interrupt = createInterrupt(() => {
    for (const child of running.consumers) child.kill()
    running.gateway?.kill()
    running.stack?.redis?.signal('SIGKILL')
    running.stack?.kafka?.signal('SIGKILL')
    process.exit(1)
  })
  // Sockets and timers of what runs may all be idle; the stack must not end for want of work.
  const alive = setInterval(() => {}, 60_000)
  try {
    await start(options, running, interrupt)
    await untilAborted(interrupt.signal)
  } catch (failure) {
    if (!interrupt.signal.aborted) throw failure
  } finally {
    await stop(running, 20_000)
    clearInterval(alive)
    interrupt.release()
  }
  if (interrupt.reason !== undefined) throw new CliFailure(interrupt.reason)
}
