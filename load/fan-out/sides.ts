// What is compared: each a server process of its own that takes listeners and sends a burst to all of them when told.
import { join } from 'node:path'
import { type Child, findLine } from '../child.ts'
import { openControl, portsIn } from './control.ts'
import type { GatewayKafka } from './gateway.ts'
import { type Greeting, tokenPlace } from './notes.ts'
import type { SideName } from './options.ts'
import type { Peers } from './peers.ts'
import type { Side, Start } from './side.ts'

export type SideDeps = {
  readonly start: Start
  readonly peers: Peers
  /** Undefined where no gateway is measured. */
  readonly kafka: GatewayKafka | undefined
}

const script = (name: string): string => join(import.meta.dirname, name)

const subprotocol = 'openclaw.v1.json'
const subscribe = '{"subscribe":{"id":"s","channel":"room:1"}}'
const plain: Greeting = { path: '/', steps: [] }

const greetings: Readonly<Record<SideName, Greeting>> = {
  'ws.send': plain,
  'socket.write': plain,
  joined: plain,
  // It subscribes whoever comes.
  hub: { path: '/', subprotocol, steps: [''] },
  gateway: { path: '/', subprotocol, steps: [`{"hello":{"token":"${tokenPlace}"}}`, subscribe] },
  'socket.io': { path: '/socket.io/?EIO=4&transport=websocket', steps: ['', '40'] },
  centrifuge: { path: '/', steps: ['{"id":1,"connect":{}}'] },
}

/** Undefined for a peer that could not be had. */
const childOf = (name: Exclude<SideName, 'gateway'>, { start, peers }: SideDeps): Child | undefined => {
  if (name === 'hub') return start(name, [script('hub.ts')])
  if (name === 'centrifuge')
    return peers.centrifuge === undefined ? undefined : start(name, [], peers.centrifuge)
  if (name === 'socket.io')
    return peers.socketIo === undefined ? undefined : start(name, [script('socket-io.ts'), peers.socketIo])
  return start(name, [script('floors.ts'), name])
}

/** Starts the server of a side and resolves when it takes listeners. */
export const startSide = async (name: SideName, deps: SideDeps): Promise<Side | undefined> => {
  const greeting = greetings[name]
  if (name === 'gateway') return deps.kafka?.startGateway(greeting, deps.start)
  const child = childOf(name, deps)
  if (child === undefined) return undefined
  const { port, control: at } = await findLine(child, portsIn)
  const control = await openControl(at)
  return {
    name,
    child,
    port,
    greeting,
    set: (order) => control.set(order),
    go: () => control.go(),
    stop() {
      control.close()
      return child.stop()
    },
  }
}
