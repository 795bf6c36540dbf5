// One pass: bursts to every listener of one side, each sent when all have got the one before, and the CPU that its server took.
import { formatChannelPosition } from '../../gateway/channels/channel-position.ts'
import { jsonCodec } from '../../gateway/protocol/json.ts'
import { cpuTimeOf } from './cpu-time.ts'
import type { Crowd } from './crowd.ts'
import { mark } from './frame-counter.ts'
import type { Order } from './notes.ts'
import { bursts, type FanOutOptions, type Shape, type SideName } from './options.ts'
import type { Side } from './side.ts'

export type Row = { readonly subscribers: number; readonly bytes: number; readonly shape: Shape }

export type Pass = Row & {
  readonly side: SideName
  readonly round: number
  readonly deliveries: number
  /** Microseconds of CPU of the server, of all its threads, for each delivery. */
  readonly cpu: number
  /** Milliseconds from sending a burst until all have it: mean. Says little where other programs run. */
  readonly burstMs: number
}

/** JSON of so many bytes, with one mark. */
export const payloadOf = (bytes: number): string => {
  const empty = JSON.stringify({ text: mark }).length
  return JSON.stringify({ text: mark.padEnd(mark.length + bytes - empty, 'x') })
}

/** What the gateway's JSON clients are shown of it. */
const frameOf = (payload: string): string => {
  const message = {
    position: formatChannelPosition(0, 36 ** 3, 0x7fff_ffff),
    channel: 'room:1',
    time: Date.now(),
    payload: { bytes: Buffer.from(payload), contentType: 'application/json' },
  }
  return jsonCodec.encode({ kind: 'message', ...message }).bytes.toString()
}

export const orderOf = ({ bytes, shape }: Row, { bare }: Pick<FanOutOptions, 'bare'>): Order => {
  const payload = payloadOf(bytes)
  return { payload, frame: bare ? payload : frameOf(payload), burst: bursts[shape] }
}

const patienceMs = 60_000

const withPatience = async (side: Side, crowd: Crowd, reached: Promise<void>): Promise<void> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const tell = ({ least, most, closed }: Awaited<ReturnType<Crowd['counts']>>) =>
      late.reject(new Error(`${side.name}: stuck; listeners have ${least} to ${most}, ${closed} are closed`))
    crowd.counts(side.name).then(tell, late.reject)
  }, patienceMs)
  try {
    await Promise.race([reached, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Bursts before those that count. */
const warmUps = 3

/** Sends at least `deliveries`. Rejects if a listener gets more or fewer messages than were sent. */
export const measure = async (
  side: Side,
  crowd: Crowd,
  row: Row & { readonly round: number },
  order: Order,
  deliveries: number,
): Promise<Pass> => {
  const { burst } = order
  const perBurst = row.subscribers * burst
  const count = Math.max(5, Math.ceil(deliveries / perBurst))
  await side.set(order)
  await crowd.begin(side.name, burst)
  const send = async (): Promise<void> => {
    const reached = crowd.reached()
    await side.go()
    await withPatience(side, crowd, reached)
  }
  for (let n = 0; n < warmUps; n++) await send()
  const { pid } = side.child
  const [before, started] = [cpuTimeOf(pid), performance.now()]
  for (let n = 0; n < count; n++) await send()
  const [after, ended] = [cpuTimeOf(pid), performance.now()]
  const { least, most, closed } = await crowd.counts(side.name)
  const expected = (warmUps + count) * burst
  if (least !== expected || most !== expected || closed > 0)
    throw new Error(
      `${side.name}: ${expected} sent, listeners got ${least} to ${most}, ${closed} were closed`,
    )
  return {
    ...row,
    side: side.name,
    deliveries: count * perBurst,
    cpu: (after - before) / (count * perBurst),
    burstMs: (ended - started) / count,
  }
}
