// Sockets that have not asked for an upgrade: when there are too many of them, the one that took longest gives way.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { rawSocketOf } from './certificates.ts'

/** Milliseconds that each has, however many others come: more than the way to any client and back, and a TLS handshake. */
const patienceMs = 1_000

/**
 * Lets go of the oldest where there are more than `most`. Deadlines alone do not do: within each of them a single machine can
 * open more sockets than a node has places for, and send a byte now and then.
 */
export function boundNewcomers(server: Server, most: number): void {
  /** When each began to be waited for; in that order. */
  const waiting = new Map<Socket, number>()
  server.on('connection', (socket: Socket) => {
    socket.once('close', () => waiting.delete(socket))
    waiting.set(socket, performance.now())
    if (waiting.size <= most) return
    for (const [oldest, since] of waiting) {
      if (performance.now() - since >= patienceMs) oldest.destroy()
      return
    }
  })
  // What follows an answer is waited for anew, and is no better than what came first.
  server.on('request', ({ socket }, response) => {
    const raw = rawSocketOf(socket)
    response.once('finish', () => {
      if (waiting.delete(raw)) waiting.set(raw, performance.now())
    })
  })
  server.on('upgrade', ({ socket }) => void waiting.delete(rawSocketOf(socket as Socket)))
}
