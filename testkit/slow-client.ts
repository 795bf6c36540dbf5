// A client that stops reading: what the gateway does with those can be seen.
import { WebSocket } from 'ws'

export type SlowClient = {
  /** Frames that it has read, as `[kind, fields]`. */
  readonly frames: readonly (readonly [string, Record<string, unknown>])[]
  readonly session: string
  /** Reads again. */
  resume(): void
  /** Resolves when the connection has ended, which is seen only once it reads again. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  end(): void
}

export type SlowOptions = {
  readonly url: string
  readonly token: string
  /** Subscribed to before it stops reading. */
  readonly channels?: readonly string[]
}

/** Resolves when it is welcome and subscribed, and does not read any more. */
export function openSlowClient({ url, token, channels = [] }: SlowOptions): Promise<SlowClient> {
  const ws = new WebSocket(url, 'openclaw.v1.json')
  const frames: [string, Record<string, unknown>][] = []
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  const send = (frame: object): void => ws.send(JSON.stringify(frame))
  return new Promise((resolve, reject) => {
    ws.once('error', reject)
    ws.once('open', () => send({ hello: { token } }))
    ws.on('message', (data: Buffer) => {
      const [[kind, fields] = ['', {}]] = Object.entries(
        JSON.parse(data.toString()) as Record<string, Record<string, unknown>>,
      )
      frames.push([kind, fields])
      if (kind === 'welcome')
        for (const [index, channel] of channels.entries()) send({ subscribe: { id: `s${index}`, channel } })
      const answered = frames.filter(([each]) => each === 'subscribed' || each === 'welcome').length
      if (answered !== channels.length + 1 || (kind !== 'welcome' && kind !== 'subscribed')) return
      ws.pause()
      const session = String(frames.find(([each]) => each === 'welcome')?.[1]['session'])
      resolve({ frames, session, closed, resume: () => ws.resume(), end: () => ws.terminate() })
    })
    void closed.then(({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`)))
  })
}
