// An attempt that comes too late: the hello was made first, but another attempt of the same client is welcome before it arrives.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { waitFor } from '../support/wait.ts'
import type { Fleet } from './fleet.ts'
import type { Entry, History } from './history.ts'

type Answer = Extract<Entry, { e: 'late-hello' }>['answer']

const patienceMs = 10_000

/** Does it with client `n` over the node at `port`; nothing is recorded where it did not come to it. */
export async function sendLateHello(fleet: Fleet, n: number, port: number, history: History): Promise<void> {
  const client = fleet.clients[n]
  const session = client?.session.id
  if (client === undefined || session === undefined || !client.welcomed) return
  const { frame, attempt } = await client.takeHello()
  if (attempt === undefined) return
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`, ['openclaw.v1.json'], { perMessageDeflate: false })
  ws.on('error', () => undefined)
  const closed = once(ws, 'close').then(([code]) => code as number)
  const got: { answer: Answer } = { answer: 'nothing' }
  ws.on('message', (data: Buffer) => {
    const { welcome } = JSON.parse(data.toString()) as { welcome?: { session: string; resumed: boolean } }
    if (welcome) got.answer = welcome.resumed && welcome.session === session ? 'resumed' : 'new-session'
  })
  try {
    await once(ws, 'open', { signal: AbortSignal.timeout(patienceMs) })
    client.socket.drop()
    await waitFor(() => client.welcomed, { timeoutMs: patienceMs })
    // It came back as somebody else: the old session is nobody's.
    if (client.session.id !== session) return
    ws.send(JSON.stringify(frame))
    const late = waitFor(() => got.answer !== 'nothing', { timeoutMs: patienceMs }).catch(() => false)
    const code = await Promise.race([closed, late.then(() => undefined)])
    if (code !== undefined && got.answer === 'nothing') got.answer = 'closed'
    history.add({
      e: 'late-hello',
      at: Date.now(),
      client: n,
      attempt,
      session,
      answer: got.answer,
      ...(code === undefined ? {} : { code }),
    })
  } catch {
    // Another fault was faster: no node, or no way back in time.
  } finally {
    // A session of its own, if it got one, is over; whatever else it got is as if its network had gone.
    if (got.answer === 'new-session') ws.close(1000)
    setTimeout(() => ws.terminate(), 500)
  }
}
