// A server whose memory is asked for while connections stand idle on it.
import { join } from 'node:path'
import { type Child, findLine } from '../child.ts'
import { portsIn } from '../fan-out/control.ts'
import type { GatewayKafka } from '../fan-out/gateway.ts'
import { type Greeting, tokenPlace } from '../fan-out/notes.ts'
import type { Start } from '../fan-out/side.ts'

/** Bytes. `heap` is what lives after a collection, `external` what lives outside of it. */
export type Memory = { readonly rss: number; readonly heap: number; readonly external: number }

export type IdleSide = {
  readonly name: string
  readonly port: number
  readonly greeting: Greeting
  memory(): Promise<Memory>
  stop(): Promise<unknown>
}

const flags = ['--expose-gc', '--import', join(import.meta.dirname, 'report.ts')]
const floors = join(import.meta.dirname, '../fan-out/floors.ts')
const mark = 'memory '

const memoryOf = (child: Child): Promise<Memory> => {
  const found = findLine(child, (line) =>
    line.startsWith(mark) ? (JSON.parse(line.slice(mark.length)) as Memory) : undefined,
  )
  child.process.kill('SIGUSR2')
  return found
}

/** The gateway, for connections with so many subscriptions each. */
export const startGateway = async (
  kafka: GatewayKafka,
  subscriptions: number,
  start: Start,
): Promise<IdleSide> => {
  const subscribe = (n: number): string => `{"subscribe":{"id":"${n}","channel":"room:${n}"}}`
  const steps = [
    `{"hello":{"token":"${tokenPlace}"}}`,
    ...Array.from({ length: subscriptions }, (_, n) => subscribe(n)),
  ]
  const greeting = { path: '/', subprotocol: 'openclaw.v1.json', steps }
  const side = await kafka.startGateway(greeting, (name, args) => start(name, [...flags, ...args]))
  const { child, port } = side
  return {
    name: `gateway, ${subscriptions} subscriptions`,
    port,
    greeting,
    memory: () => memoryOf(child),
    stop: side.stop,
  }
}

/** A server of the ws library that does nothing but take connections. */
export const startBare = async (start: Start): Promise<IdleSide> => {
  const child = start('ws', [...flags, floors, 'ws.send'])
  const { port } = await findLine(child, portsIn)
  const greeting = { path: '/', steps: [] }
  return { name: 'ws alone', port, greeting, memory: () => memoryOf(child), stop: child.stop }
}
