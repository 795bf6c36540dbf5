// One message of a channel as this node keeps it, and many of them as the bytes of a socket.
import type { Encoded, ServerFrame } from '../protocol/frames.ts'
import { joinFrames } from '../protocol/ws-frame.ts'
import { formatChannelPosition } from './channel-position.ts'
import type { ChannelMessage, Subscriber } from './ports.ts'

export type Entry = {
  readonly partition: number
  readonly offset: number
  /** Of the topic's record before this one; 0 where none is known. */
  readonly before: number
  /** Of this one. */
  readonly hash: number
  /** Milliseconds since the epoch. */
  readonly time: number
  /** About what it takes in memory. */
  readonly bytes: number
  readonly frame: ServerFrame
  readonly conflationKey: string | undefined
  readonly except: string | undefined
}

/** Where a client is that has everything up to this entry, itself not among it. */
export const positionBefore = ({ partition, offset, before }: Entry): string =>
  formatChannelPosition(partition, offset, before)

/** What an entry takes beside its payload, about. */
const overhead = 400

type Place = {
  readonly partition: number
  readonly offset: number
  readonly before: number
  readonly hash: number
}

/** A copy that keeps nothing else: Node's pool would put it beside whatever else is made in that moment, and keep all of that. */
function alone(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}

// Once for each message that somebody listens to: so each object has one shape.
export function toEntry(place: Place, { message, conflationKey, except }: ChannelMessage): Entry {
  const { bytes } = message.payload
  // A small part would keep all that was fetched with it.
  const isSmallPart = bytes.length * 2 < bytes.buffer.byteLength
  const payload = isSmallPart ? { ...message.payload, bytes: alone(bytes) } : message.payload
  return {
    partition: place.partition,
    offset: place.offset,
    before: place.before,
    hash: place.hash,
    time: message.time,
    bytes: bytes.length + overhead,
    frame: { kind: 'message', ...message, payload },
    conflationKey,
    except,
  }
}

/** Entries as frames of one dialect in one Buffer, and how many of them are shown there. */
export type Joined = { readonly frames: Buffer; readonly messages: number }

export function join(entries: readonly Entry[], dialect: Subscriber['dialect']): Joined {
  const shown: Encoded[] = []
  for (const { frame } of entries) {
    const encoded = dialect.encode(frame)
    if (encoded !== undefined) shown.push(encoded)
  }
  return { frames: joinFrames(shown), messages: shown.length }
}

export const isExcepted = (client: Subscriber, { except }: Entry): boolean =>
  except !== undefined && except === client.session?.id

export const send = (client: Subscriber, { frames, messages }: Joined): void => {
  if (messages > 0) client.sendFramed(frames, messages)
}

/** Writes entries to one client, without those that it is not to see. */
export const write = (client: Subscriber, entries: readonly Entry[]): void =>
  send(
    client,
    join(
      entries.filter((entry) => !isExcepted(client, entry)),
      client.dialect,
    ),
  )
