// Frames about channels: who may subscribe to what, and the subscriptions of each connection.
import { type Refusal, refuse } from '../errors.ts'
import type { Wish } from './history.ts'
import { nameProblem } from './pattern.ts'
import type { Channels, Presence, Subscriber } from './ports.ts'
import { type ChannelRule, type Ruled, ruleOf } from './rules.ts'
import type { Source } from './source.ts'
import type { Sources } from './sources.ts'
import { Subscription } from './subscription.ts'
import { wishOf, wishSince } from './wish.ts'

export type ChannelsDeps = {
  /** The first whose pattern fits counts. */
  readonly rules: readonly ChannelRule[]
  readonly sources: Sources
  readonly limits: {
    /** Of one connection. */
    readonly subscriptions: number
    /** Bytes. */
    readonly channelName: number
  }
  readonly presence?: Presence
  onRefused(refusal: Refusal): void
}

/** How a subscription begins; without an id for one that no frame asked for. */
export type Begin = { readonly id?: string; readonly wish?: Wish; readonly members?: boolean }

export type ChannelRoom = Omit<Channels, 'subscribe'> & {
  /** `granted`: it may, whatever the rule says. False: it was refused. */
  subscribe(client: Subscriber, frame: Parameters<Channels['subscribe']>[1], granted?: true): boolean
  /** Whether the rule of the channel lets this client subscribe. */
  allows(client: Subscriber, channel: string): boolean
  /** Subscribes without asking the rule whether it may: for whoever may say so. False: it was refused. */
  join(client: Subscriber, channel: string, begin?: Begin): boolean
  /** Ends a subscription; `unsubscribed` is sent without an id. */
  leave(client: Subscriber, channel: string): void
  /** The topic with a channel's messages; undefined if no rule fits. */
  topicOf(channel: string): string | undefined
  /** Subscriptions of all connections. */
  readonly count: number
}

const brokerAway = (channel: string): Refusal =>
  refuse('broker-unavailable', `channel: the messages of "${channel}" cannot be read now`)

export function createChannels(deps: ChannelsDeps): ChannelRoom {
  const { rules, sources, limits, presence } = deps
  const all = new Map<Subscriber, Map<string, Subscription>>()
  let count = 0

  const refused = (client: Subscriber, refusal: Refusal, id: string | undefined): false => {
    deps.onRefused(refusal)
    client.refuse(refusal, id)
    return false
  }

  const ruled = (channel: string): Ruled | Refusal => {
    const problem = nameProblem(channel, limits.channelName)
    if (problem !== undefined) return refuse('invalid-frame', `channel: ${problem}`)
    return ruleOf(rules, channel) ?? refuse('unknown-channel', `no channel pattern fits "${channel}"`)
  }

  const allowed = (client: Subscriber, channel: string): Ruled | Refusal => {
    const found = ruled(channel)
    if ('code' in found || found.rule.maySubscribe(client, channel, found.captures)) return found
    return refuse('forbidden', `channel: you may not subscribe to "${channel}"`)
  }

  /** It is no longer among the client's. */
  const forget = (subscription: Subscription): void => {
    const { client, channel } = subscription
    const mine = all.get(client)
    if (mine?.get(channel.name) !== subscription) return
    mine.delete(channel.name)
    count--
    if (mine.size === 0) all.delete(client)
    if (subscription.counted) presence?.left(client, channel.name)
    subscription.end()
  }

  const begin = async (subscription: Subscription, source: Source, wish: Wish | undefined): Promise<void> => {
    const { client, channel } = subscription
    try {
      if (!source.isOpen) await source.opened
    } catch {
      const refusal = brokerAway(channel.name)
      deps.onRefused(refusal)
      subscription.refuse(refusal)
      return forget(subscription)
    }
    const found = wish && (await source.history.find(channel, wish))
    if (subscription.ended) return
    if (channel.rule.members) {
      subscription.counted = true
      presence?.joined(client, channel.name)
    }
    subscription.begin(found)
  }

  const start = (client: Subscriber, channel: string, { rule }: Ruled, how: Begin): boolean => {
    const { id, wish, members } = how
    const mine = all.get(client) ?? new Map<string, Subscription>()
    const existing = mine.get(channel)
    if (existing !== undefined) {
      existing.members = members ?? existing.members
      existing.again(id)
      return true
    }
    if (mine.size >= limits.subscriptions) {
      const most = `channel: a connection may have ${limits.subscriptions} subscriptions; unsubscribe from one first`
      return refused(client, refuse('forbidden', most), id)
    }
    const tenant = client.principal?.tenant ?? ''
    const source = sources.of(rule, tenant, channel)
    const at = source.hub.channel(tenant, channel, rule)
    const subscription = new Subscription(client, at, source.around, id)
    subscription.members = members ?? false
    all.set(client, mine.set(channel, subscription))
    count++
    void begin(subscription, source, wish)
    return true
  }

  const join: ChannelRoom['join'] = (client, channel, how = {}) => {
    const found = ruled(channel)
    return 'code' in found ? refused(client, found, how.id) : start(client, channel, found, how)
  }

  const end = (client: Subscriber, channel: string, id: string | undefined): void => {
    const subscription = all.get(client)?.get(channel)
    const answer = (): void =>
      client.send({ kind: 'unsubscribed', ...(id === undefined ? {} : { id }), channel })
    if (subscription === undefined) return answer()
    // Who asked to subscribe is answered first.
    subscription.whenBegun(() => {
      forget(subscription)
      answer()
    })
  }

  return {
    join,
    leave: (client, channel) => end(client, channel, undefined),
    allows: (client, channel) => !('code' in allowed(client, channel)),
    subscribe(client, frame, granted) {
      const { id, channel, members } = frame
      const wish = wishOf(frame)
      if (wish !== undefined && 'code' in wish) return refused(client, wish, id)
      const found = granted ? ruled(channel) : allowed(client, channel)
      if ('code' in found) return refused(client, found, id)
      const how = { id, ...(members === undefined ? {} : { members }) }
      return start(client, channel, found, wish === undefined ? how : { ...how, wish })
    },
    unsubscribe: (client, { id, channel }) => end(client, channel, id),
    members(client, frame) {
      const found = allowed(client, frame.channel)
      if ('code' in found) return void refused(client, found, frame.id)
      if (presence !== undefined && found.rule.members) return presence.members(client, frame)
      const none = `channel: the members of "${frame.channel}" are not counted`
      refused(client, refuse('forbidden', none), frame.id)
    },
    destinationOf(client, channel) {
      const found = ruled(channel)
      if ('code' in found) return found
      const { rule, captures } = found
      if (sources.isFed(client.principal?.tenant ?? '', channel))
        return refuse('forbidden', `channel: the messages of "${channel}" come from a topic of its own`)
      if (!rule.mayPublish(client, channel, captures))
        return refuse('forbidden', `channel: you may not publish to "${channel}"`)
      const { topic, payload, mayPublishPayload } = rule
      if (mayPublishPayload === undefined) return payload === undefined ? { topic } : { topic, payload }
      return { topic, payload, allowsPayload: (given) => mayPublishPayload(client, channel, captures, given) }
    },
    resume(client, positions) {
      for (const [channel, text] of Object.entries(positions)) {
        const found = allowed(client, channel)
        if ('code' in found) refused(client, { ...found, message: `${found.message} (resumed)` }, undefined)
        else start(client, channel, found, { wish: wishSince(text) })
      }
    },
    left(client) {
      for (const subscription of all.get(client)?.values() ?? []) forget(subscription)
    },
    topicOf: (channel) => ruleOf(rules, channel)?.rule.topic,
    get count() {
      return count
    },
  }
}
