// Reads each kind of client frame from its fields, however they were encoded; every field passes its rule on the way.

import type { Faults, Fields } from './check.ts'
import * as check from './check.ts'
import type { ClientFrame, ClientFrameKind, Hello, Payload, Publish, Request } from './frames.ts'

type Building<T> = { -readonly [K in keyof T]: T[K] }
type Subscribe = Extract<ClientFrame, { kind: 'subscribe' }>
type Resume = NonNullable<Hello['resume']>
type Client = NonNullable<Hello['client']>

const id = (fields: Fields, faults: Faults) => check.required(faults, 'id', check.id(faults, fields.id))

const channel = (fields: Fields, faults: Faults) =>
  check.required(faults, 'channel', check.text(faults, 'channel', fields.channel, 256))

const token = (fields: Fields, faults: Faults) =>
  check.opaque(faults, 'token', fields.token, check.maxTokenLength)

const position = (faults: Faults, field: string, value: unknown) =>
  check.opaque(faults, field, value, check.maxPositionLength)

const object = (faults: Faults, field: string, value: unknown): Fields | undefined => {
  if (check.isAbsent(value)) return undefined
  if (check.isObject(value)) return value
  faults.first ??= `${field}: expected an object`
  return undefined
}

const readClient = (given: Fields, faults: Faults): Client => {
  const client: Building<Client> = {}
  const name = check.text(faults, 'client.name', given.name, 64)
  const version = check.text(faults, 'client.version', given.version, 64)
  const instance = check.text(faults, 'client.instance', given.instance, 64)
  if (name !== undefined) client.name = name
  if (version !== undefined) client.version = version
  if (instance !== undefined) client.instance = instance
  return client
}

const readResume = (given: Fields, faults: Faults): Resume => {
  const resumeToken = check.opaque(faults, 'resume.token', given.token, check.maxTokenLength)
  const attempt = check.integer(faults, 'resume.attempt', given.attempt, 0, 2 ** 32 - 1)
  if (attempt === undefined) faults.first ??= 'resume.attempt: is required'
  const resume: Building<Resume> = {
    token: check.required(faults, 'resume.token', resumeToken),
    attempt: attempt ?? 0,
  }
  const from = position(faults, 'resume.position', given.position)
  const channels = check.channelPositions(faults, given.channels)
  if (from !== undefined) resume.position = from
  if (channels !== undefined) resume.channels = channels
  return resume
}

const readHello = (fields: Fields, faults: Faults): Hello => {
  const frame: Building<Hello> = { kind: 'hello' }
  const credential = token(fields, faults)
  const client = object(faults, 'client', fields.client)
  const confirms = check.bool(faults, 'confirms', fields.confirms)
  const resume = object(faults, 'resume', fields.resume)
  if (credential !== undefined) frame.token = credential
  if (client !== undefined) frame.client = readClient(client, faults)
  if (confirms !== undefined) frame.confirms = confirms
  if (resume !== undefined) frame.resume = readResume(resume, faults)
  return frame
}

/** The fields that `publish` and `request` share. */
const readOutgoing = (frame: Building<Publish> | Building<Request>, fields: Fields, faults: Faults): void => {
  const route = check.text(faults, 'route', fields.route, 64)
  const type = check.text(faults, 'type', fields.type, 128)
  const key = check.key(faults, fields.key)
  const sequence = check.sequence(faults, fields.sequence)
  const headers = check.headers(faults, fields.headers)
  const trace = check.trace(faults, fields.trace)
  if (route !== undefined) frame.route = route
  if (type !== undefined) frame.type = type
  if (key !== undefined) frame.key = key
  if (sequence !== undefined) frame.sequence = sequence
  if (headers !== undefined) frame.headers = headers
  if (trace !== undefined) frame.trace = trace
}

const readPublish = (fields: Fields, payload: Payload, faults: Faults): Publish => {
  const frame: Building<Publish> = { kind: 'publish', payload }
  const chosen = check.id(faults, fields.id)
  const to = check.text(faults, 'channel', fields.channel, 256)
  if (chosen !== undefined) frame.id = chosen
  if (to !== undefined) frame.channel = to
  readOutgoing(frame, fields, faults)
  if (to !== undefined && frame.route !== undefined) {
    faults.first ??= 'channel: expected route or channel, not both'
  }
  return frame
}

const readRequest = (fields: Fields, payload: Payload, faults: Faults): Request => {
  const frame: Building<Request> = { kind: 'request', id: id(fields, faults), payload }
  readOutgoing(frame, fields, faults)
  const timeoutMs = check.integer(faults, 'timeoutMs', fields.timeoutMs, 1, 3_600_000)
  if (timeoutMs !== undefined) frame.timeoutMs = timeoutMs
  return frame
}

const readSubscribe = (fields: Fields, faults: Faults): Subscribe => {
  const frame: Building<Subscribe> = {
    kind: 'subscribe',
    id: id(fields, faults),
    channel: channel(fields, faults),
  }
  const since = position(faults, 'since', fields.since)
  const last = check.integer(faults, 'last', fields.last, 1, 2 ** 32 - 1)
  const grant = token(fields, faults)
  const members = check.bool(faults, 'members', fields.members)
  if (since !== undefined) frame.since = since
  if (last !== undefined) frame.last = last
  if (grant !== undefined) frame.token = grant
  if (members !== undefined) frame.members = members
  if (since !== undefined && last !== undefined) faults.first ??= 'last: expected since or last, not both'
  return frame
}

const kinds: ReadonlySet<string> = new Set<ClientFrameKind>([
  'hello',
  'publish',
  'request',
  'cancel',
  'subscribe',
  'unsubscribe',
  'confirm',
  'authenticate',
  'members',
  'ping',
])

export const isClientFrameKind = (kind: string): kind is ClientFrameKind => kinds.has(kind)

/**
 * Reads a frame of this kind. What is wrong is noted in `faults`; then the frame must not be used.
 * `payload` is asked for by the kinds that have one.
 */
export const readClientFrame = (
  kind: ClientFrameKind,
  fields: Fields,
  faults: Faults,
  payload: () => Payload,
): ClientFrame => {
  switch (kind) {
    case 'hello':
      return readHello(fields, faults)
    case 'publish':
      return readPublish(fields, payload(), faults)
    case 'request':
      return readRequest(fields, payload(), faults)
    case 'cancel':
      return { kind, id: id(fields, faults) }
    case 'subscribe':
      return readSubscribe(fields, faults)
    case 'unsubscribe':
    case 'members':
      return { kind, id: id(fields, faults), channel: channel(fields, faults) }
    case 'confirm':
      return {
        kind,
        position: check.required(faults, 'position', position(faults, 'position', fields.position)),
      }
    case 'authenticate':
      return { kind, id: id(fields, faults), token: check.required(faults, 'token', token(fields, faults)) }
    case 'ping':
      return { kind }
  }
}
