// What a record says as a delivery: for whom, answering what, until when, and the payload. Pure.
import type { UndeliverableReason } from '../errors.ts'
import { isUnshown, type Show } from '../payloads/shown.ts'
import type { Payload } from '../protocol/frames.ts'
import { answeredBy, targetsOf } from './addressee.ts'
import { isCloudEvent, openCloudEvent } from './cloudevents.ts'
import { type Command, readCommand } from './command.ts'
import { guessContentType } from './content-type.ts'
import { headerOf, ownHeaders } from './headers.ts'
import { type Mark, readMark } from './mark.ts'
import type { IncomingRecord } from './ports.ts'
import { formatTarget, type Target } from './targets.ts'

export type ReceiptWish = 'written' | 'confirmed' | 'failed'

export type Delivery = {
  readonly targets: readonly Target[]
  /** A session that is left out. */
  readonly except?: string
  readonly tenant: string
  /** The session of the frame this answers, and its request. */
  readonly session?: string
  readonly request?: string
  readonly more: boolean
  readonly error?: string
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number
  readonly receipt?: ReceiptWish
  /** Not shown but done: the session is over, and its connection closed; or it is put on a channel or taken off. */
  readonly command?: Command['command']
  /** The channel that a command is about. */
  readonly channel?: string
  /** The first place of this delivery in a log: `topic/partition/offset`. */
  readonly origin: string
  readonly hops: number
  /** What another gateway of this cluster says about it. */
  readonly mark?: Mark
  /** It was addressed to a user: of one session that it does not reach nobody needs to hear. */
  readonly ofUser?: true
  /** Of a channel's message: who sent it, and what it is the newest of. */
  readonly sender?: string
  readonly conflationKey?: string
  readonly id?: string
  readonly type?: string
  /** `ce_dataschema`. */
  readonly schema?: string
  readonly trace?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly payload: Payload
}

/** A record that is no delivery, and what quarantine says of it. */
export type Unreadable = {
  readonly reason: UndeliverableReason
  readonly message: string
  /** What it would be, were its payload right: whom to report to. */
  readonly of?: Delivery
}

export type ReadOptions = {
  /** Slot topics take `session:` from backends; the rest only with a gateway's mark. Channel topics take channels alone. */
  readonly from: 'slot' | 'dispatch' | 'channel'
  readonly maxTargets: number
  readonly secrets: readonly string[]
  /** Milliseconds after which a delivery that says nothing of its expiry is stale; absent: never. */
  readonly maxAge?: number
  /** How payloads are shown, and which are not; absent: as they are. */
  readonly show?: Show
}

const empty = Buffer.alloc(0)
const unreadable = (message: string, reason: UndeliverableReason = 'invalid'): Unreadable => ({
  reason,
  message,
})

export const isUnreadable = (read: Delivery | Unreadable): read is Unreadable => 'reason' in read

export const originOfRecord = (record: IncomingRecord): string =>
  `${record.topic}/${record.partition}/${record.offset}`

/** What keeps a delivery from any target at all. `now` in milliseconds since the epoch, `maxSize` in bytes. */
export function barred(
  { expiresAt, payload }: Delivery,
  maxSize: number,
  now: number,
): 'deadline-passed' | 'too-large' | undefined {
  if (expiresAt !== undefined && expiresAt <= now) return 'deadline-passed'
  return payload.bytes.length > maxSize ? 'too-large' : undefined
}

/** Reads a record of a slot topic, of dispatch or of a channel topic. Never throws whatever it holds. */
export function readDelivery(record: IncomingRecord, options: ReadOptions): Delivery | Unreadable {
  const bytes = record.value ?? empty
  try {
    const contentType = headerOf(record, 'content-type') || guessContentType(bytes)
    if (!isCloudEvent(contentType)) return read(record, { bytes, contentType }, options)
    const opened = openCloudEvent(record)
    if (opened === undefined) return unreadable('the value is no CloudEvent in its JSON form')
    return read({ ...record, headers: opened.headers }, opened.payload, options)
  } catch (failure) {
    // Nothing above is known to throw; if it does after all, this record must not stop those behind it.
    return unreadable(`it could not be read: ${failure instanceof Error ? failure.message : String(failure)}`)
  }
}

type Building<T> = { -readonly [K in keyof T]: T[K] }

// Most headers are absent in most records, so each is looked at by itself: this runs once for every delivery.
function read(record: IncomingRecord, payload: Payload, options: ReadOptions): Delivery | Unreadable {
  const answers = answeredBy(record)
  const targets = targetsOf(record, answers?.session, options)
  if (typeof targets === 'string') return unreadable(targets)
  const tenant = headerOf(record, 'ce_tenant') ?? ''
  const mark = readMark(record, targets, tenant, options.secrets)
  if (mark === 'forged') return unreadable('ce_gateway is not a mark of this cluster')
  const kind = kindTakenBy(options.from, mark)
  if (kind !== undefined && targets.some((target) => target.kind !== kind)) {
    const to = targets.map(formatTarget).join(',')
    return unreadable(`this topic takes ${kind} targets only, not ${to}; use the dispatch topic`)
  }
  const delivery: Building<Delivery> = {
    targets,
    tenant,
    origin: mark?.origin ?? originOfRecord(record),
    hops: mark?.hops ?? 0,
    more: headerOf(record, 'ce_more') === 'true',
    payload,
  }
  if (mark !== undefined) {
    delivery.mark = mark
    if (headerOf(record, 'ce_for') === 'user') delivery.ofUser = true
  }
  const expiry = headerOf(record, 'ce_expirytime')
  if (expiry !== undefined) {
    delivery.expiresAt = Date.parse(expiry)
    if (Number.isNaN(delivery.expiresAt)) return unreadable('ce_expirytime is not an RFC 3339 time')
  }
  // A clock that says nothing makes nothing stale.
  else if (options.maxAge !== undefined && record.timestamp > 0)
    delivery.expiresAt = record.timestamp + options.maxAge
  const receipt = headerOf(record, 'ce_receipt')
  if (receipt !== undefined) {
    if (!isReceipt(receipt)) return unreadable('ce_receipt is not written, confirmed or failed')
    delivery.receipt = receipt
  }
  const command = readCommand(record, targets)
  if (typeof command === 'string') return unreadable(command)
  if (command !== undefined) Object.assign(delivery, command)
  if (options.from === 'channel') {
    const [sender, key] = [headerOf(record, 'ce_subject'), headerOf(record, 'ce_conflationkey')]
    if (sender !== undefined) delivery.sender = sender
    if (key !== undefined) delivery.conflationKey = key
  }
  if (answers !== undefined) delivery.session = answers.session
  if (answers?.request !== undefined) delivery.request = answers.request
  const except = headerOf(record, 'ce_except')
  if (except?.startsWith('session:')) delivery.except = except.slice(8)
  const error = headerOf(record, 'ce_error')
  if (error !== undefined) delivery.error = error
  const id = headerOf(record, 'ce_id')
  if (id !== undefined) delivery.id = id
  const type = headerOf(record, 'ce_type')
  if (type !== undefined) delivery.type = type
  const trace = headerOf(record, 'traceparent')
  if (trace !== undefined) delivery.trace = trace
  const headers = ownHeaders(record)
  if (headers !== undefined) delivery.headers = headers
  return options.show === undefined ? delivery : shown(record, delivery, options.show)
}

/** What commands carry, and failures in place of an answer, is of no type. */
function shown(record: IncomingRecord, delivery: Building<Delivery>, show: Show): Delivery | Unreadable {
  const schema = headerOf(record, 'ce_dataschema')
  if (schema !== undefined) delivery.schema = schema
  if (delivery.command !== undefined || delivery.error !== undefined) return delivery
  const payload = show(delivery.payload, delivery)
  if (isUnshown(payload)) return { ...payload, of: delivery }
  delivery.payload = payload
  return delivery
}

const kindTakenBy = (from: ReadOptions['from'], mark: Mark | undefined): Target['kind'] | undefined =>
  from === 'channel' ? 'channel' : from === 'slot' && mark === undefined ? 'session' : undefined

const isReceipt = (text: string): text is ReceiptWish =>
  text === 'written' || text === 'confirmed' || text === 'failed'
