// A small client of the gateway for the terminal: connects, says hello, hands on every frame as text.
import { CliFailure } from './failure.ts'

export type ClientOptions = {
  readonly url: string
  readonly token: string | undefined
  /** Called with each frame as one line of JSON. */
  readonly onFrame: (line: string) => void
  readonly signal: AbortSignal
}

export type Client = {
  /** Sends the text of a frame; nothing where the connection is over. */
  send(frame: string): void
  /** How the connection ended; resolves, never rejects. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

/** JSON on one line: outside its strings a line end is only space, and within them there is none. */
const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ')

/** Why the gateway would not have us: the same address answers a plain GET with what the upgrade was refused for. */
const refusalOf = async (url: string, token: string | undefined): Promise<CliFailure> => {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  try {
    const answer = await fetch(url.replace(/^ws/, 'http'), { headers, signal: AbortSignal.timeout(3_000) })
    const body = (await answer.text()).trim().slice(0, 200)
    return new CliFailure(`${url} does not take this connection: ${answer.status} ${body}`)
  } catch {
    return new CliFailure(`no gateway answers at ${url}; ./openclaw dev starts one`)
  }
}

const opened = (socket: WebSocket): Promise<boolean> =>
  new Promise((resolve) => {
    socket.addEventListener('open', () => resolve(true), { once: true })
    socket.addEventListener('error', () => resolve(false), { once: true })
    socket.addEventListener('close', () => resolve(false), { once: true })
  })

/** Connects and sends `hello`. Throws a CliFailure where nothing answers. An abort of `signal` closes with 1000. */
export const connectClient = async ({ url, token, onFrame, signal }: ClientOptions): Promise<Client> => {
  const socket = new WebSocket(url, ['openclaw.v1.json'])
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }), { once: true })
  })
  socket.addEventListener('message', ({ data }) => onFrame(oneLine(String(data))))
  signal.addEventListener('abort', () => socket.close(1000), { once: true })
  if (!(await opened(socket))) throw await refusalOf(url, token)
  const send = (frame: string) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(frame)
  }
  send(
    JSON.stringify({
      hello: { ...(token === undefined ? {} : { token }), client: { name: 'openclaw-cli' } },
    }),
  )
  return { send, closed }
}
