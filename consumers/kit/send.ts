// Sending to clients: whom a delivery is for, and the headers that say so.
import { randomUUID } from 'node:crypto'
import { toPayload, type Value } from './payload.ts'
import type { Outgoing } from './record.ts'

/** `'user:alice'`, `'session:…'`, `'channel:news'` or `'everyone'`, the name as it is; or the same as an object. */
export type Target =
  | `user:${string}`
  | `session:${string}`
  | `channel:${string}`
  | 'everyone'
  | { readonly user: string }
  | { readonly session: string }
  | { readonly channel: string }
  | { readonly everyone: true }

export type Targets = Target | readonly Target[]

export type SendOptions = {
  /** Shown to the client as `type`. */
  readonly type?: string
  /** Whose targets: the empty tenant if absent. */
  readonly tenant?: string
  /** Default: `application/json`, or `text/plain` for a string; none for a Buffer, which lets the gateway look. */
  readonly contentType?: string
  /** Shown to the client as `id`, and repeated in receipts. Default: a new one. */
  readonly id?: string
  /** Ask for a receipt on `openclaw.receipts`. */
  readonly receipt?: 'written' | 'confirmed' | 'failed'
  /** After this it is not delivered: a date, or milliseconds since 1970. */
  readonly expiresAt?: Date | number
  /** On a channel that conflates: what this is the newest of. */
  readonly conflationKey?: string
  /** A session that is left out. */
  readonly except?: string
  /** Shown to the client; names begin with `x-`. */
  readonly headers?: Readonly<Record<string, string>>
  /** A W3C traceparent. */
  readonly trace?: string
}

export type SendTopics = {
  /** Without the number. */
  readonly slot: string
  readonly dispatch: string
  readonly channels: string
  readonly receipts: string
}

/** A comma separates targets, so one in a name is escaped. */
const escapeName = (name: string): string => name.replaceAll('%', '%25').replaceAll(',', '%2C')

/** `user:alice`, `session:…`, `channel:…` or `everyone`, as in `ce_to`. */
export const toTargetText = (target: Target): string => {
  if (typeof target === 'string') return fromText(target)
  if ('user' in target) return `user:${escapeName(target.user)}`
  if ('session' in target) return `session:${escapeName(target.session)}`
  if ('channel' in target) return `channel:${escapeName(target.channel)}`
  return 'everyone'
}

function fromText(target: string): string {
  if (target === 'everyone') return target
  const [, kind, name] = /^(user|session|channel):(.+)$/s.exec(target) ?? []
  if (name === undefined)
    throw new TypeError(`a target is user:…, session:…, channel:… or everyone, not ${target}`)
  return `${kind}:${escapeName(name)}`
}

const isChannel = (target: Target): boolean =>
  typeof target === 'string' ? target.startsWith('channel:') : 'channel' in target

/** The one user or the one session that it is for; undefined for anything else. */
export const userOrSession = (
  targets: Targets,
): { readonly kind: 'user' | 'session'; readonly name: string } | undefined => {
  const [target, ...others] = Array.isArray(targets) ? (targets as readonly Target[]) : [targets as Target]
  if (target === undefined || others.length > 0) return undefined
  if (typeof target !== 'string') {
    if ('user' in target) return { kind: 'user', name: target.user }
    return 'session' in target ? { kind: 'session', name: target.session } : undefined
  }
  const [, kind, name = ''] = /^(user|session):(.+)$/s.exec(target) ?? []
  return kind === undefined ? undefined : { kind: kind as 'user' | 'session', name }
}

/** Whether it is for one session alone. */
export const isSession = (targets: Targets): boolean => userOrSession(targets)?.kind === 'session'

/** The record that reaches the targets. Throws a TypeError for header names that do not begin with `x-`. */
export function toDelivery(
  targets: Targets,
  value: Value,
  options: SendOptions,
  topics: Pick<SendTopics, 'dispatch' | 'channels'>,
): Outgoing {
  const list = Array.isArray(targets) ? (targets as readonly Target[]) : [targets as Target]
  if (list.length === 0) throw new TypeError('sendTo needs a target')
  const { type, tenant, id, receipt, expiresAt, except, trace, headers = {} } = options
  const reserved = Object.keys(headers).find((name) => !name.startsWith('x-'))
  if (reserved !== undefined) throw new TypeError(`a header of your own begins with x-, not ${reserved}`)
  const to = list.map(toTargetText).join(',')
  const { bytes, contentType } = toPayload(value)
  const given = {
    ...headers,
    ce_to: to,
    ce_id: id ?? randomUUID(),
    ce_type: type,
    ce_tenant: tenant,
    ce_receipt: receipt,
    ce_expirytime: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    ce_conflationkey: options.conflationKey,
    ce_except: except === undefined ? undefined : `session:${except}`,
    'content-type': options.contentType ?? contentType,
    traceparent: trace,
  }
  return {
    topic: list.every(isChannel) ? topics.channels : topics.dispatch,
    key: to,
    value: bytes,
    headers: Object.fromEntries(
      Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  }
}
