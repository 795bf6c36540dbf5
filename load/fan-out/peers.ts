// Gets the peers ready: Socket.IO from npm and a Go program on the centrifuge library, in a temporary folder that is kept for the next run.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const folder = join(tmpdir(), 'openclaw-load-peers')
const socketIo = 'socket.io@4.8.4'
const goSource = join(import.meta.dirname, 'centrifuge')
const patienceMs = 600_000

export type Peers = {
  /** The folder whose `node_modules` has it, and the program; undefined where it cannot be had. */
  readonly socketIo: string | undefined
  readonly centrifuge: string | undefined
  readonly versions: Readonly<Record<string, string>>
}

const orNothing = async <T>(what: string, made: Promise<T>, tell: (text: string) => void) => {
  try {
    return await made
  } catch (failure) {
    const [reason = ''] = String(failure).split('\n')
    tell(`${what} is left out: ${reason}`)
    return undefined
  }
}

const installSocketIo = async (): Promise<string> => {
  const into = join(folder, socketIo)
  if (existsSync(join(into, 'node_modules/socket.io'))) return into
  mkdirSync(into, { recursive: true })
  writeFileSync(join(into, 'package.json'), '{"private":true}\n')
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', socketIo], {
    cwd: into,
    timeout: patienceMs,
  })
  return into
}

const goProgram = (): string => (existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go')

const buildCentrifuge = async (): Promise<string> => {
  mkdirSync(folder, { recursive: true })
  const program = join(folder, 'centrifuge')
  // Go itself knows what has changed since.
  await run(goProgram(), ['build', '-o', program, '.'], { cwd: goSource, timeout: patienceMs })
  return program
}

/** What cannot be had is told and left out. */
export const makePeers = async (
  wanted: { readonly socketIo: boolean; readonly centrifuge: boolean },
  tell: (text: string) => void,
): Promise<Peers> => {
  const socketIoFolder = wanted.socketIo ? await orNothing('Socket.IO', installSocketIo(), tell) : undefined
  const program = wanted.centrifuge ? await orNothing('centrifuge', buildCentrifuge(), tell) : undefined
  const versions: Record<string, string> = {}
  if (socketIoFolder !== undefined) versions['socket.io'] = socketIo
  if (program !== undefined) {
    const list = ['list', '-m', 'github.com/centrifugal/centrifuge']
    const { stdout: library } = await run(goProgram(), list, { cwd: goSource })
    const { stdout: go } = await run(goProgram(), ['env', 'GOVERSION'], { cwd: goSource })
    versions['centrifuge'] = `${library.trim()}, ${go.trim()}`
  }
  return { socketIo: socketIoFolder, centrifuge: program, versions }
}
