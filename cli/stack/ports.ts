// Ports: finding free ones for tests, and saying who holds one that is taken.
import { randomInt } from 'node:crypto'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { StackFailure } from './failure.ts'

// Below the range from which Linux and macOS take ports for outgoing connections, so that nobody takes one by chance
// between our finding it and the server's listening on it, or while the server is down for a test.
const lowestFree = 20_000
const highestFree = 32_000

/** `count` ports of 127.0.0.1 on which nothing listens. Throws a StackFailure if there are none. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let tries = 0; tries < 1_000 && found.size < count; tries += 1) {
    const port = randomInt(lowestFree, highestFree)
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  if (found.size < count) throw new StackFailure(`Found no ${count} free ports on 127.0.0.1.`)
  return [...found]
}

/** Whether a server could listen on this port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  return promise
}

/** Whether something accepts connections at this address within `timeoutMs`. */
export function accepts(host: string, port: number, timeoutMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port, timeout: timeoutMs })
  const settle = (answer: boolean) => {
    socket.destroy()
    resolve(answer)
  }
  socket.once('connect', () => settle(true))
  socket.once('timeout', () => settle(false))
  socket.once('error', () => settle(false))
  return promise
}

/**
 * Throws a StackFailure when the port is taken, naming its holder where that can be found out, and the environment
 * variable (if there is one) that moves `what` to another port.
 */
export async function requireFreePort(port: number, what: string, variable?: string): Promise<void> {
  if ((await isFree(port)) && !(await accepts('127.0.0.1', port, 1_000))) return
  const holder = await holderOf(port)
  const move = variable === undefined ? '' : `, or choose another port with ${variable}=${port + 1}`
  throw new StackFailure(
    `Port ${port}, which ${what} needs, is already taken${holder ? ` by ${holder}` : ''}. Stop that program${move}.`,
  )
}

/** "name (pid 123)" of the process that listens on this port; undefined where it cannot be found out. */
export async function holderOf(port: number): Promise<string | undefined> {
  const socket = await listeningSocket(port)
  if (socket === undefined) return undefined
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
      if (target !== `socket:[${socket}]`) continue
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program')
      return `${name.trim()} (pid ${pid})`
    }
  }
  return undefined
}

/** The inode of the socket that listens on this port; Linux only. */
async function listeningSocket(port: number): Promise<string | undefined> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await readFile(table, 'utf8').catch(() => '')).split('\n')) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === '0A' && local?.endsWith(`:${wanted}`)) return inode
    }
  }
  return undefined
}
