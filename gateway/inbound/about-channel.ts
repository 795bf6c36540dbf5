// Frames about channels: who may still ask is asked here, the rest is the channels' own.
import type { Channels, Subscriber } from '../channels/ports.ts'
import type { Events } from '../events.ts'
import type { ClientFrame } from '../protocol/frames.ts'
import type { Principal } from '../session/principal.ts'
import { expired } from './authorize.ts'

export type ChannelFrame = Extract<ClientFrame, { kind: 'subscribe' | 'unsubscribe' | 'members' }>

export type ChannelDeps = {
  readonly channels: Pick<Channels, 'subscribe' | 'unsubscribe' | 'members'>
  readonly events: Pick<Events, 'refused'>
}

/** `principal` as the session has it now. Whoever's credential is over may still leave. */
export function aboutChannel(
  { channels, events }: ChannelDeps,
  client: Subscriber,
  principal: Principal,
  frame: ChannelFrame,
): void {
  if (frame.kind === 'unsubscribe') return channels.unsubscribe(client, frame)
  const over = expired(principal, Date.now())
  if (over !== undefined) {
    events.refused(over.code)
    return client.refuse(over, frame.id)
  }
  if (frame.kind === 'subscribe') channels.subscribe(client, frame)
  else channels.members(client, frame)
}
