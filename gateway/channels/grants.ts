// Grants: a token for one channel lets its user on where the rule does not, until it ends. Frames behind it wait for its check.
import { type Refusal, refuse } from '../errors.ts'
import { type Principal, samePrincipal } from '../session/principal.ts'
import type { ChannelRoom } from './channels.ts'
import type { Channels, Subscriber } from './ports.ts'
import type { Timers } from './subscription.ts'

export type GrantDeps = {
  /** Undefined for a token that is not valid. Rejects when that cannot be known now. */
  checkToken(token: string): Promise<Principal | undefined>
  readonly timers: Timers
  onRefused(refusal: Refusal): void
}

/** Answers a promise where what comes behind has to wait for it. */
type Work = () => Promise<void> | void
type SubscribeFrame = Parameters<Channels['subscribe']>[1]

/** Frames of one connection that wait behind a token. */
const mostWaiting = 1_000
/** The wheel's turns are shorter than this; a longer wait is taken in pieces. */
const longestWaitMs = 3_600_000

/** Milliseconds since the epoch until which the token lets this principal on the channel; undefined if it does not. */
export function grantedUntil(
  granted: Principal | undefined,
  principal: Principal | undefined,
  channel: string,
): number | undefined {
  const isTheirs = granted?.user !== undefined && principal !== undefined && samePrincipal(granted, principal)
  return isTheirs && granted.claims['channel'] === channel ? granted.expiresAt : undefined
}

/** Channels whose `subscribe` frames may carry tokens. */
export function withGrants(room: ChannelRoom, { checkToken, timers, onRefused }: GrantDeps): Channels {
  const waiting = new Map<Subscriber, Work[]>()
  /** What ends the waits for the ends of grants. */
  const grants = new Map<Subscriber, Map<string, () => void>>()

  const forget = (client: Subscriber, channel: string): void => {
    const theirs = grants.get(client)
    theirs?.get(channel)?.()
    if (theirs?.delete(channel) && theirs.size === 0) grants.delete(client)
  }

  const waitForEnd = (client: Subscriber, channel: string, until: number): void => {
    const left = until - Date.now()
    const fire = (): void => {
      if (left > longestWaitMs) return waitForEnd(client, channel, until)
      forget(client, channel)
      if (!room.allows(client, channel)) room.leave(client, channel)
    }
    forget(client, channel)
    const theirs = grants.get(client) ?? new Map<string, () => void>()
    const cancel = timers.after(Math.min(left, longestWaitMs), fire)
    grants.set(client, theirs.set(channel, cancel))
  }

  const no = (client: Subscriber, id: string, refusal: Refusal): void => {
    onRefused(refusal)
    client.refuse(refusal, id)
  }

  const byToken = async (client: Subscriber, frame: SubscribeFrame, token: string): Promise<void> => {
    const { id, channel } = frame
    const granted = await checkToken(token).catch(() => 'unknown' as const)
    if (!client.open) return
    if (granted === 'unknown')
      return no(client, id, refuse('internal', 'token: it cannot be checked now; try again later'))
    const until = grantedUntil(granted, client.principal, channel)
    if (until === undefined)
      return no(client, id, refuse('forbidden', `token: it does not let you on "${channel}"`))
    if (room.subscribe(client, frame, true)) waitForEnd(client, channel, until)
  }

  /** In the order the frames came: what is behind a token that is being checked waits. */
  const inTurn = (client: Subscriber, id: string, work: Work): void => {
    const queue = waiting.get(client)
    if (queue === undefined) return run(client, work)
    if (queue.length < mostWaiting) queue.push(work)
    else no(client, id, refuse('too-many-inflight', 'too many frames wait behind a token'))
  }

  const run = (client: Subscriber, work: Work): void => {
    const going = work()
    if (going === undefined) return
    const queue: Work[] = []
    waiting.set(client, queue)
    void going.finally(() => {
      // Of one whose connection ended nothing waits any more.
      if (waiting.get(client) !== queue) return
      waiting.delete(client)
      while (queue.length > 0 && !waiting.has(client)) inTurn(client, '', queue.shift() ?? (() => undefined))
      if (queue.length > 0) waiting.get(client)?.push(...queue)
    })
  }

  return {
    subscribe(client, frame) {
      const { id, channel, token } = frame
      inTurn(client, id, () => {
        if (token !== undefined && !room.allows(client, channel)) return byToken(client, frame, token)
        return void room.subscribe(client, frame)
      })
    },
    unsubscribe(client, frame) {
      inTurn(client, frame.id, () => {
        forget(client, frame.channel)
        room.unsubscribe(client, frame)
      })
    },
    members: (client, frame) => inTurn(client, frame.id, () => room.members(client, frame)),
    destinationOf: (client, channel) => room.destinationOf(client, channel),
    resume: (client, positions) => room.resume(client, positions),
    left(client) {
      waiting.delete(client)
      for (const cancel of grants.get(client)?.values() ?? []) cancel()
      grants.delete(client)
      room.left(client)
    },
  }
}
