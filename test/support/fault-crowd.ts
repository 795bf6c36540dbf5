// Many connections that cost a test little: each says hello, counts what comes, and can come back elsewhere.
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { onEnd } from './cleanup.ts'
import { tokenFor } from './keys.ts'
import { waitFor } from './wait.ts'

type Welcome = {
  readonly session: string
  readonly resumeToken: string
  readonly position: string
  readonly resumed: boolean
  readonly recovered: boolean
}

export type Member = {
  readonly user: string
  ws: WebSocket
  welcome: Welcome | undefined
  /** The first welcome of all: whose session it is. */
  session: string
  position: string
  attempt: number
  /** The `n` of every delivery, in the order they came. */
  readonly got: number[]
  /** `performance.now()` of the latest delivery. */
  lastAt: number
  closedWith: number | undefined
}

/** Sockets that are being opened at a time. */
const atATime = 50
const patienceMs = 60_000

/** Opens `count` connections with new sessions, each of a user of its own. */
export async function openCrowd(t: TestContext, count: number, port: number): Promise<readonly Member[]> {
  const members: Member[] = []
  onEnd(t, () => {
    for (const { ws } of members) ws.terminate()
  })
  await inTurns(count, async (n) => {
    const user = `u${n}`
    const ws = await openSocket(user, port)
    const empty = { welcome: undefined, session: '', position: '', attempt: 0, lastAt: 0 }
    const member: Member = { user, ws, ...empty, got: [], closedWith: undefined }
    members.push(member)
    sayHello(member)
  })
  await welcomed(members)
  for (const member of members) member.session = member.welcome?.session ?? ''
  return members
}

/** Opens new sockets for all, that say nothing yet. */
export async function moveTo(members: readonly Member[], port: number): Promise<void> {
  await inTurns(members.length, async (n) => {
    const member = members[n]
    if (member === undefined) return
    member.ws.removeAllListeners('message')
    member.ws.terminate()
    member.ws = await openSocket(member.user, port)
    member.closedWith = undefined
  })
}

/** Asks for the session that it had, if any, from where it stands. */
export function sayHello(member: Member): void {
  const { ws, welcome, position } = member
  const resume = welcome && { token: welcome.resumeToken, attempt: ++member.attempt, position }
  member.welcome = undefined
  ws.on('message', (data: Buffer) => take(member, data))
  ws.on('close', (code) => {
    if (member.ws === ws) member.closedWith = code
  })
  ws.send(JSON.stringify({ hello: resume === undefined ? {} : { resume } }))
}

export async function welcomed(members: readonly Member[]): Promise<void> {
  const left = () => members.filter(({ welcome }) => welcome === undefined)
  await waitFor(() => left().length === 0, {
    timeoutMs: patienceMs,
    describe: () =>
      `${members.length} welcomes; ${left().length} missing, closed with ${left()[0]?.closedWith}`,
  })
}

function take(member: Member, data: Buffer): void {
  const frame = JSON.parse(data.toString()) as {
    welcome?: Welcome
    heartbeat?: { position: string }
    message?: { position: string; payload: { n: number } }
  }
  const { position } = frame.message ?? frame.heartbeat ?? frame.welcome ?? {}
  if (position !== undefined) member.position = position
  if (frame.welcome) member.welcome = frame.welcome
  if (frame.message === undefined) return
  member.got.push(frame.message.payload.n)
  member.lastAt = performance.now()
}

async function openSocket(user: string, port: number): Promise<WebSocket> {
  const authorization = `Bearer ${await tokenFor(user)}`
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`, ['openclaw.v1.json'], {
    perMessageDeflate: false,
    headers: { authorization },
  })
  ws.on('error', () => undefined)
  await once(ws, 'open')
  return ws
}

async function inTurns(count: number, open: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) await open(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atATime, count) }, work))
}
