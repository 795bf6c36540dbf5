// What tests of channels start from: rules for everything, clients that keep the frames they get, and a topic in memory.
import type { TestContext } from 'node:test'
import { createMemoryBroker, type MemoryBroker } from '../../../gateway/broker/memory.ts'
import { type ChannelRoom, createChannels } from '../../../gateway/channels/channels.ts'
import { compilePattern, type Pattern } from '../../../gateway/channels/pattern.ts'
import type { Subscriber } from '../../../gateway/channels/ports.ts'
import { createReadChannel } from '../../../gateway/channels/read-channel.ts'
import type { ChannelRule } from '../../../gateway/channels/rules.ts'
import { Sources, type SourcesOptions } from '../../../gateway/channels/sources.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import type { Refusal } from '../../../gateway/errors.ts'
import type { Publisher } from '../../../gateway/inbound/ports.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import type { LogRanges } from '../../../gateway/slots/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { randomName } from '../../support/names.ts'
import { alice, fakeSession } from '../fakes.ts'

export function patternOf(text: string): Pattern {
  const pattern = compilePattern(text)
  if (typeof pattern === 'string') throw new Error(pattern)
  return pattern
}

export const ruleFor = (topic: string, rule: Partial<ChannelRule> = {}): ChannelRule => ({
  pattern: patternOf('{name*}'),
  topic,
  historyMs: 120_000,
  members: false,
  whenSlow: 'disconnect',
  maySubscribe: () => true,
  mayPublish: () => true,
  ...rule,
})

export const subscribe = (channel: string, more: { since?: string; last?: number; id?: string } = {}) =>
  ({ kind: 'subscribe', id: 's', channel, ...more }) as const

export type Seen = { readonly kind: string; readonly [field: string]: unknown }

/** The texts of text frames that a server wrote one behind the other. */
export function textsIn(frames: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at < frames.length; ) {
    const short = (frames[at + 1] ?? 0) & 127
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    const length =
      short < 126 ? short : short === 126 ? frames.readUInt16BE(at + 2) : frames.readUInt32BE(at + 6)
    texts.push(frames.toString('utf8', at + head, at + head + length))
    at += head + length
  }
  return texts
}

/** Keeps the frames it gets; `waitingBytes` says how slow it is. */
export class TestClient implements Subscriber {
  session: Subscriber['session'] = fakeSession()
  principal: Subscriber['principal'] = alice
  open = true
  waitingBytes = 0
  readonly seen: Seen[] = []
  readonly writes: Buffer[] = []
  dialect: Subscriber['dialect'] = { name: jsonCodec.subprotocol, encode: (frame) => jsonCodec.encode(frame) }

  send(frame: Parameters<Subscriber['send']>[0]): void {
    const encoded = this.dialect.encode(frame)
    if (encoded !== undefined) this.#see(encoded.bytes.toString())
  }

  sendFramed(frames: Buffer): void {
    this.writes.push(frames)
    for (const text of textsIn(frames)) this.#see(text)
  }

  refuse({ code, message }: Refusal, id?: string): void {
    this.seen.push({ kind: 'refusal', code, message, ...(id === undefined ? {} : { id }) })
  }

  of(kind: string): Seen[] {
    return this.seen.filter((frame) => frame.kind === kind)
  }

  /** Payloads of messages, in order. */
  get payloads(): unknown[] {
    return this.of('message').map(({ payload }) => payload)
  }

  get last(): Seen {
    return this.seen.at(-1) ?? { kind: 'nothing' }
  }

  #see(text: string): void {
    const [[kind, fields] = ['', {}]] = Object.entries(JSON.parse(text) as Record<string, object>)
    this.seen.push({ kind, ...fields })
  }
}

export type ChannelsWorld = {
  readonly channels: ChannelRoom
  readonly sources: Sources
  readonly topic: string
  readonly gaps: string[]
}

/** Channels over logs; everything ends with `t`. `rules` is given the topic. */
export function channelsOver(
  t: TestContext,
  ranges: LogRanges,
  topic: string,
  options: {
    rules?: readonly ChannelRule[]
    sources?: Partial<SourcesOptions>
    channels?: Partial<Parameters<typeof createChannels>[0]>
  } = {},
): ChannelsWorld {
  const timers = new TimerWheel(10)
  const gaps: string[] = []
  const sources = new Sources({
    ranges,
    timers,
    pace: { slowAt: 64 * 1024, held: 256 * 1024, heldOfAll: 512 * 1024 },
    read: createReadChannel({
      maxTargets: 100,
      secrets: ['a secret of this test'],
      maxSize: 1024 ** 2,
      onUnreadable: () => undefined,
    }),
    tail: { messages: 10_000, bytes: 4 * 1024 ** 2 },
    allTails: 64 * 1024 ** 2,
    history: { messages: 10_000, bytes: 4 * 1024 ** 2, allBytes: 64 * 1024 ** 2, scan: 100_000 },
    timeoutMs: 10_000,
    linger: 30_000,
    onGap: (of, from, to) => void gaps.push(`${of} ${from} ${to}`),
    ...options.sources,
  })
  onEnd(t, () => {
    sources.stop()
    timers.stop()
  })
  const channels = createChannels({
    rules: options.rules ?? [ruleFor(topic)],
    sources,
    limits: { subscriptions: 100, channelName: 255 },
    onRefused: () => undefined,
    ...options.channels,
  })
  return { channels, sources, topic, gaps }
}

/** Appends to a topic; resolves once it is there. */
export async function append(
  publisher: Publisher,
  topic: string,
  channel: string,
  values: readonly (string | number)[],
  headers: Record<string, string> = {},
): Promise<void> {
  for (const value of values) {
    const record = {
      topic,
      key: null,
      partition: 0,
      value: Buffer.from(String(value)),
      headers: { ce_to: `channel:${channel}`, ...headers },
    }
    await new Promise<void>((resolve, reject) => {
      publisher.publish(record, ({ ok }) => (ok ? resolve() : reject(new Error('not stored'))))
    })
  }
}

export type MemoryWorld = ChannelsWorld & {
  readonly broker: MemoryBroker
  publish(
    channel: string,
    values: readonly (string | number)[],
    headers?: Record<string, string>,
  ): Promise<void>
}

/** Channels over a topic in memory. */
export async function memoryWorld(
  t: TestContext,
  options: { rule?: Partial<ChannelRule> } & Parameters<typeof channelsOver>[3] = {},
): Promise<MemoryWorld> {
  const broker = createMemoryBroker()
  const topic = randomName('channels')
  await broker.topics.create([{ name: topic, partitions: 1, replication: 1, configs: {}, purpose: '' }])
  const publisher = broker.publisher()
  const rules = options.rules ?? [ruleFor(topic, options.rule)]
  return {
    ...channelsOver(t, broker.ranges, topic, { ...options, rules }),
    broker,
    publish: (channel, values, headers) => append(publisher, topic, channel, values, headers),
  }
}
