// A process with many listeners: opens them, tells each time that all have got what was sent, and counts at the end.
import { type Listener, openListener } from './listener.ts'
import type { ListenerNote, ListenerOrder } from './notes.ts'

/** Handshakes under way at a time: the gateway takes only so many strangers. */
const atOnce = 64

const sides = new Map<string, Listener[]>()
let counted = ''
/** Messages of the side since it began, and how many it takes until the next note. */
let messages = 0
let every = Number.POSITIVE_INFINITY
let due = every

const tell = (note: ListenerNote): void => void process.send?.(note)

const onMessages = (side: string, count: number): void => {
  if (side !== counted) return
  messages += count
  for (; messages >= due; due += every) tell({ note: 'reached' })
}

const open = async (order: Extract<ListenerOrder, { order: 'open' }>): Promise<void> => {
  const { side, port, count, greeting, tokens } = order
  const listeners: Listener[] = []
  sides.set(side, listeners)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) {
      const token = tokens[next++]
      listeners.push(await openListener(port, greeting, token, (more) => onMessages(side, more)))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

const begin = (side: string, burst: number): void => {
  const listeners = sides.get(side) ?? []
  for (const listener of listeners) listener.reset()
  counted = side
  messages = 0
  every = listeners.length * burst
  due = every
}

const counts = (side: string): ListenerNote => {
  const listeners = sides.get(side) ?? []
  let [least, most] = [Number.POSITIVE_INFINITY, 0]
  for (const { messages: got } of listeners) {
    least = Math.min(least, got)
    most = Math.max(most, got)
  }
  return { note: 'counts', least, most, closed: listeners.filter(({ closed }) => closed).length }
}

const carryOut = async (order: ListenerOrder): Promise<ListenerNote> => {
  switch (order.order) {
    case 'open':
      await open(order)
      break
    case 'begin':
      begin(order.side, order.burst)
      break
    case 'end':
      return counts(order.side)
    case 'close':
      await Promise.all((sides.get(order.side) ?? []).map((listener) => listener.close()))
      sides.delete(order.side)
  }
  return { note: 'done' }
}

process.on('message', (order: ListenerOrder) => {
  carryOut(order).then(tell, (failure: unknown) => tell({ note: 'failed', message: String(failure) }))
})
for (const end of ['disconnect', 'SIGTERM'] as const) process.on(end, () => process.exit())
