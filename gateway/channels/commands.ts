// What backends have done with the subscriptions of a session, in the order of its log.
import type { ChannelRoom } from './channels.ts'
import type { Subscriber } from './ports.ts'

export type ChannelCommand = 'subscribe' | 'unsubscribe'

/**
 * The client is told by `subscribed` or `unsubscribed` without an id; the rule is not asked, for the backend decides.
 * False: there is no such channel, or the connection has too many.
 */
export function doCommand(
  room: Pick<ChannelRoom, 'join' | 'leave' | 'topicOf'>,
  client: Subscriber,
  command: ChannelCommand,
  channel: string,
): boolean {
  if (room.topicOf(channel) === undefined) return false
  if (command === 'subscribe') return room.join(client, channel)
  room.leave(client, channel)
  return true
}
