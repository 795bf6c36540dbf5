// Writes server frames as JSON text. All but the payload is kept to ASCII, so that its length is known without counting.
import { isJson, isJsonType } from './content-types.ts'
import { jsonForm } from './forms.ts'
import type { Encoded, Member, Message, Payload, ServerFrame } from './frames.ts'
import { toRfc3339, toUint32 } from './quantities.ts'

type Of<K extends ServerFrame['kind']> = Extract<ServerFrame, { kind: K }>

const needsNoEscape = /^[ !#-[\]-~]*$/
const beyondAscii = /[\u007f-\uffff]/g

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

const quote = (text: string): string =>
  needsNoEscape.test(text) ? `"${text}"` : JSON.stringify(text).replace(beyondAscii, escapeUnit)

/** `,"name":"text"`, or nothing where it is absent. `name` comes with its quotes and colon. */
const maybe = (name: string, text: string | undefined): string =>
  text === undefined ? '' : `,${name}${quote(text)}`

const id = (value: string | undefined): string => (value === undefined ? '' : `"id":${quote(value)},`)

const headers = (given: Message['headers']): string => {
  let pairs = ''
  for (const name in given) pairs += `${pairs === '' ? '' : ','}${quote(name)}:${quote(given[name] ?? '')}`
  return pairs === '' ? '' : `,"headers":{${pairs}}`
}

const member = (given: Member): string =>
  `{"user":${quote(given.user)},"sessions":${toUint32(given.sessions)}${maybe('"info":', given.info)}}`

const welcome = (frame: Of<'welcome'>): string => {
  const { limits } = frame
  const expiresAt = frame.expiresAt === undefined ? '' : `,"expiresAt":"${toRfc3339(frame.expiresAt)}"`
  return (
    `{"welcome":{"session":${quote(frame.session)},"resumeToken":${quote(frame.resumeToken)}` +
    `,"position":${quote(frame.position)},"resumed":${frame.resumed},"recovered":${frame.recovered}` +
    `,"heartbeatMs":${toUint32(frame.heartbeatMs)}${expiresAt}` +
    `,"limits":{"maxFrameBytes":${toUint32(limits.maxFrameBytes)},"maxInflight":${toUint32(limits.maxInflight)}` +
    `,"messagesPerSecond":${toUint32(limits.messagesPerSecond)}}}}`
  )
}

const refusal = (frame: Of<'refusal'>): string => {
  const wait = frame.retryAfterMs === undefined ? '' : `,"retryAfterMs":${toUint32(frame.retryAfterMs)}`
  const violations = frame.violations?.map(
    ({ field, rule, message }) =>
      `{"field":${quote(field)},"rule":${quote(rule)},"message":${quote(message)}}`,
  )
  const list = violations?.length ? `,"violations":[${violations.join()}]` : ''
  return (
    `{"refusal":{${id(frame.id)}"code":${quote(frame.code)},"message":${quote(frame.message)}` +
    `,"retryable":${frame.retryable}${wait}${list}}}`
  )
}

/** Frames without a payload, whole. */
const plain = (frame: Exclude<ServerFrame, { payload: Payload }>): string => {
  switch (frame.kind) {
    case 'welcome':
      return welcome(frame)
    case 'heartbeat':
      return `{"heartbeat":{"position":${quote(frame.position)}}}`
    case 'ack':
      return `{"ack":{"id":${quote(frame.id)},"topic":${quote(frame.topic)},"partition":${frame.partition},"offset":"${frame.offset}"}}`
    case 'refusal':
      return refusal(frame)
    case 'subscribed':
      return `{"subscribed":{${id(frame.id)}"channel":${quote(frame.channel)},"position":${quote(frame.position)},"recovered":${frame.recovered}}}`
    case 'unsubscribed':
      return `{"unsubscribed":{${id(frame.id)}"channel":${quote(frame.channel)}}}`
    case 'authenticated':
      return `{"authenticated":{"id":${quote(frame.id)},"expiresAt":"${toRfc3339(frame.expiresAt)}"}}`
    case 'members':
      return `{"members":{"id":${quote(frame.id)},"members":[${frame.members.map(member).join()}],"count":${toUint32(frame.count)}}}`
    case 'expiring':
      return `{"expiring":{"expiresAt":"${toRfc3339(frame.expiresAt)}"}}`
    case 'goaway':
      return `{"goaway":{"reason":${quote(frame.reason)},"reconnectAfterMs":${toUint32(frame.reconnectAfterMs)}}}`
    case 'joined':
    case 'left':
      return `{"${frame.kind}":{"channel":${quote(frame.channel)},"member":${member(frame.member)}}}`
    case 'dropped':
      return `{"dropped":{"channel":${quote(frame.channel)},"count":${toUint32(frame.count)}}}`
    case 'pong':
      return '{"pong":{}}'
  }
}

/** A delivery up to its payload. */
const opening = (frame: Of<'message'> | Of<'reply'>, contentType: string): string => {
  const head =
    frame.kind === 'message'
      ? `{"message":{${id(frame.id)}`
      : `{"reply":{"id":${quote(frame.request)}` +
        `${frame.more === undefined ? '' : `,"more":${frame.more}`}${maybe('"error":', frame.error)},`
  return (
    `${head}"position":${quote(frame.position)}${maybe('"channel":', frame.channel)}${maybe('"type":', frame.type)}` +
    `${maybe('"sender":', frame.sender)}${headers(frame.headers)},"contentType":${quote(contentType)}` +
    `,"time":"${toRfc3339(frame.time)}"${maybe('"trace":', frame.trace)}`
  )
}

const splice = (head: string, payload: Buffer): Buffer => {
  const end = head.length + payload.length
  const bytes = Buffer.allocUnsafe(end + 2)
  bytes.write(head, 0, 'latin1')
  payload.copy(bytes, head.length)
  bytes[end] = bytes[end + 1] = 0x7d
  return bytes
}

export const encodeJson = (frame: ServerFrame): Encoded => {
  if (frame.kind !== 'message' && frame.kind !== 'reply') {
    return { bytes: Buffer.from(plain(frame), 'latin1'), binary: false }
  }
  const { bytes, contentType } = jsonForm(frame.payload)
  const head = opening(frame, contentType)
  if (isJsonType(contentType) && isJson(bytes)) {
    return { bytes: splice(`${head},"payload":`, bytes), binary: false }
  }
  return { bytes: Buffer.from(`${head},"data":"${bytes.toString('base64')}"}}`, 'latin1'), binary: false }
}
