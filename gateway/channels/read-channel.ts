// Records of a channel topic as messages of channels; what nobody here listens to costs a look at two headers. Pure.
import {
  barred,
  type Delivery,
  isUnreadable,
  type ReadOptions,
  readDelivery,
  type Unreadable,
} from '../delivery/delivery.ts'
import { headerOf } from '../delivery/headers.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import { isUnshown, type Show, type Unshown } from '../payloads/shown.ts'
import type { Message, Payload } from '../protocol/frames.ts'
import { formatChannelPosition } from './channel-position.ts'
import { readMemberRecord } from './member-records.ts'
import type { ChannelMessage } from './ports.ts'

/** Whether anyone listens to a channel; asked before a record is read. */
export type Wanted = (tenant: string, channel: string) => boolean

export type ReadChannelOptions = {
  readonly maxTargets: number
  readonly secrets: readonly string[]
  /** Bytes of one message. */
  readonly maxSize: number
  /** As in reading deliveries. */
  readonly show?: Show
  /** How messages of one channel are shown, and which are not; undefined: as they are. */
  showOn?(channel: string): Show | undefined
  /** Records that nobody can read, or are not what their channel's messages must be. */
  onUnreadable(read: Unreadable, record: IncomingRecord): void
}

/** Reads records of one topic: the messages for channels that are wanted. `hash` is the record's. */
export type ReadChannel = (
  record: IncomingRecord,
  wanted: Wanted,
  hashOf: () => number,
) => readonly ChannelMessage[]

const none: readonly ChannelMessage[] = []
const prefix = 'channel:'

export function createReadChannel(options: ReadChannelOptions, now: () => number = Date.now): ReadChannel {
  const { maxTargets, secrets, show } = options
  const read: ReadOptions = { from: 'channel', maxTargets, secrets, ...(show && { show }) }
  return (record, wanted, hashOf) => {
    if (!isWanted(record, wanted)) return none
    if (readMemberRecord(record, options.secrets) !== undefined) return none
    const delivery = readDelivery(record, read)
    if (isUnreadable(delivery)) {
      options.onUnreadable(delivery, record)
      return none
    }
    if (barred(delivery, options.maxSize, now()) !== undefined) return none
    const messages: ChannelMessage[] = []
    for (const target of delivery.targets) {
      if (target.kind !== 'channel' || !wanted(delivery.tenant, target.channel)) continue
      const payload = shownOn(options.showOn?.(target.channel), delivery)
      if (isUnshown(payload)) {
        options.onUnreadable({ ...payload, of: { ...delivery, targets: [target] } }, record)
        continue
      }
      const position = formatChannelPosition(record.partition, record.offset + 1, hashOf())
      messages.push(toChannelMessage(delivery, payload, target.channel, position, record.timestamp))
    }
    return messages
  }
}

/** Only a lone target can be told from its header; lists, escapes and events in their JSON form have to be read. */
function isWanted(record: IncomingRecord, wanted: Wanted): boolean {
  const to = headerOf(record, 'ce_to')
  if (to === undefined || !to.startsWith(prefix) || to.includes(',') || to.includes('%')) return true
  return wanted(headerOf(record, 'ce_tenant') ?? '', to.slice(prefix.length).trim())
}

/** What gateways put before the type of a client's message (`inbound/record.ts`); the client's own is shown. */
const ofClients = 'openclaw.channel'

function shownType(type: string): string | undefined {
  if (type === ofClients) return undefined
  return type.startsWith(`${ofClients}.`) ? type.slice(ofClients.length + 1) : type
}

/** By the type that clients see. */
function shownOn(show: Show | undefined, { payload, schema, type }: Delivery): Payload | Unshown {
  return show === undefined
    ? payload
    : show(payload, { schema, type: type === undefined ? undefined : shownType(type) })
}

type Building<T> = { -readonly [K in keyof T]: T[K] }

function toChannelMessage(
  delivery: Delivery,
  payload: Payload,
  channel: string,
  position: string,
  time: number,
): ChannelMessage {
  const { tenant, id, type, sender, headers, trace, conflationKey, except } = delivery
  const message: Building<Message> = { position, channel, time, payload }
  if (id !== undefined) message.id = id
  const shown = type === undefined ? undefined : shownType(type)
  if (shown !== undefined) message.type = shown
  if (sender !== undefined) message.sender = sender
  if (headers !== undefined) message.headers = headers
  if (trace !== undefined) message.trace = trace
  const read: Building<ChannelMessage> = { tenant, channel, message }
  if (conflationKey !== undefined) read.conflationKey = conflationKey
  if (except !== undefined) read.except = except
  return read
}
