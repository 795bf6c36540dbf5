// Where a scenario is played: connections as they come, the usual answers of a gateway, and what was seen.
import type { Duplex } from 'node:stream'
import { type Fields, Missing, type Peer, type Said } from './peer.ts'

export type Check = { readonly name: string; readonly ok: boolean; readonly detail?: string }

/** What the client asked for by an HTTP request without an upgrade. */
export type Handshake = { readonly at: number; readonly offers: readonly string[]; readonly socket: Duplex }
/** Answers a handshake itself: true; or lets it be completed. */
export type Gate = (handshake: Handshake, number: number) => boolean

export class Stage {
  readonly peers: Peer[] = []
  readonly handshakes: Handshake[] = []
  readonly checks: Check[] = []
  /** What the client told by the route `heard`. */
  readonly heard: unknown[] = []
  /** Answers handshakes in place of the usual 101. */
  gate: Gate = () => false
  /** What a plain GET is answered, once; `{}`: that all is well. */
  explains: { readonly status?: number; readonly code?: string; readonly retryAfterS?: number } = {}
  /** The subprotocol that is answered. */
  subprotocol = 'openclaw.v1.json'
  #taken = 0
  #wake: (() => void) | undefined

  /** A connection came; for the server. */
  arrived(peer: Peer): void {
    this.peers.push(peer)
    this.#wake?.()
  }

  check(name: string, ok: boolean, detail = ''): void {
    this.checks.push({ name, ok, ...(ok || detail === '' ? {} : { detail }) })
  }

  /** The next connection, when it is there. Throws Missing where none comes. */
  async connection(withinMs = 10_000): Promise<Peer> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const peer = this.peers[this.#taken]
      if (peer !== undefined) {
        this.#taken += 1
        return peer
      }
      const left = deadline - performance.now()
      if (left <= 0) throw new Missing(`no connection came within ${withinMs} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** The next connection and its hello, answered. */
  async welcome(more: Fields = {}, withinMs?: number): Promise<{ peer: Peer; hello: Fields }> {
    const peer = await this.connection(withinMs)
    const { fields: hello } = await peer.next('hello')
    greet(peer, more)
    return { peer, hello }
  }

  /** Takes what the program of the client says to the route `heard`, and acks it, from now on. */
  listen(peer: Peer): void {
    const taken = new Set<Said>()
    const take = () => {
      for (const said of peer.said) {
        if (said.kind !== 'publish' || said.fields['route'] !== 'heard' || taken.has(said)) continue
        taken.add(said)
        this.heard.push(said.fields['payload'])
        ack(peer, said.fields)
      }
    }
    peer.ws.on('message', take)
    take()
  }

  /** Waits until the program has told something of which `fact` is true. */
  async untilHeard(fact: (heard: readonly unknown[]) => boolean, withinMs = 5_000): Promise<boolean> {
    const deadline = performance.now() + withinMs
    while (!fact(this.heard) && performance.now() < deadline) await rest(10)
    return fact(this.heard)
  }
}

export const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export const greet = (peer: Peer, more: Fields = {}): void =>
  peer.tell('welcome', {
    session: 's-1',
    resumeToken: 'resume-1',
    position: 'p-0',
    resumed: false,
    recovered: true,
    heartbeatMs: 10_000,
    limits: { maxFrameBytes: 65_536, maxInflight: 100, messagesPerSecond: 0 },
    ...more,
  })

export const ack = (peer: Peer, { id }: Fields, offset = 1): void =>
  peer.tell('ack', { id, topic: 'echo.in', partition: 0, offset: String(offset) })

/** A delivery; `position` says how far it goes. */
export const deliver = (peer: Peer, position: string, payload: unknown, more: Fields = {}): void =>
  peer.tell('message', {
    position,
    id: `id of ${position}`,
    contentType: 'application/json',
    time: '2026-03-01T12:00:00.000Z',
    payload,
    ...more,
  })

export const nOf = ({ fields }: Said): unknown => (fields['payload'] as { n?: unknown } | undefined)?.n

/** The three publishes that each client begins with, in whatever order they came. */
export const threePublishes = async (peer: Peer): Promise<Said[]> => [
  await peer.next('publish', isFirst),
  await peer.next('publish', isFirst),
  await peer.next('publish', isFirst),
]

const isFirst = ({ route }: Fields): boolean => route === 'echo'
