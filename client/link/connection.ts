// One socket's life: hello, welcome within a time, frames, and a watchdog for silence.
import type { Settings } from '../settings.ts'
import {
  BadFrame,
  type ClientFrame,
  type Codec,
  type Hello,
  type ServerFrame,
  type Welcome,
} from '../wire/frames.ts'
import type { Sent } from './link.ts'
import { openSocket } from './socket.ts'

export type End = {
  readonly code: number
  readonly reason: string
  /** Whether the handshake was done. */
  readonly opened: boolean
  readonly welcomed: boolean
}

export type ConnectionEvents = {
  onWelcome(welcome: Welcome): void
  onFrame(frame: ServerFrame): void
}

export type Connection = {
  send(frame: ClientFrame): Sent
  close(code?: number): void
  cut(reason: string): void
  /** Never rejects. */
  readonly ended: Promise<End>
}

/** No gateway sends a message of so many bytes or letters. */
const largest = 64 * 1024 * 1024

/** A letter is up to three bytes; they are counted only where that matters. */
const isLarger = (data: string | Uint8Array, bytes: number): boolean => {
  if (typeof data !== 'string') return data.byteLength > bytes
  return data.length * 3 > bytes && new TextEncoder().encode(data).byteLength > bytes
}

/** Throws where `url` is no address. */
export function openConnection(
  settings: Pick<Settings, 'WebSocket' | 'connectTimeoutMs'>,
  url: string,
  codec: Codec,
  hello: Hello,
  events: ConnectionEvents,
): Connection {
  const ended = Promise.withResolvers<End>()
  let [opened, welcomed, heard, maxBytes] = [false, false, 0, 0]
  let watchdog: ReturnType<typeof setInterval> | undefined
  let patience: ReturnType<typeof setTimeout> | undefined

  const onWelcome = (welcome: Welcome) => {
    clearTimeout(patience)
    welcomed = true
    maxBytes = welcome.limits.maxFrameBytes
    const silence = welcome.heartbeatMs * 2
    watchdog = setInterval(
      () => {
        if (performance.now() - heard > silence) socket.cut(`nothing heard for ${silence} ms`)
      },
      Math.max(20, welcome.heartbeatMs / 4),
    )
    events.onWelcome(welcome)
  }

  const onData = (data: unknown) => {
    heard = performance.now()
    try {
      const size = typeof data === 'string' ? data.length : (data as ArrayBuffer).byteLength
      if (size > largest) throw new BadFrame('a message that is too large')
      const frame = codec.decode(data)
      if (frame === undefined) return
      if (frame.kind === 'welcome' && !welcomed) onWelcome(frame)
      else if (welcomed && frame.kind !== 'welcome') events.onFrame(frame)
      else throw new BadFrame(welcomed ? 'a second welcome' : `a ${frame.kind} before the welcome`)
    } catch (error) {
      socket.cut(error instanceof BadFrame ? error.message : `a frame could not be handled: ${String(error)}`)
    }
  }

  const socket = openSocket(settings.WebSocket, url, codec.subprotocol, {
    onOpen(protocol) {
      opened = true
      if (protocol !== codec.subprotocol) socket.cut(`subprotocol "${protocol}" and not ${codec.subprotocol}`)
      else socket.send(codec.encode({ kind: 'hello', ...hello }))
    },
    onData,
    onEnd(code, reason) {
      clearTimeout(patience)
      clearInterval(watchdog)
      ended.resolve({ code, reason, opened, welcomed })
    },
  })
  patience = setTimeout(
    () => socket.cut(`no welcome within ${settings.connectTimeoutMs} ms`),
    settings.connectTimeoutMs,
  )
  return {
    send(frame) {
      if (!welcomed) return 'not-now'
      const data = codec.encode(frame)
      if (maxBytes > 0 && isLarger(data, maxBytes)) return 'too-large'
      return socket.send(data) ? 'sent' : 'not-now'
    },
    close: socket.close,
    cut: socket.cut,
    ended: ended.promise,
  }
}
