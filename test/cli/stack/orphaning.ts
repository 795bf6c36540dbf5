// Not a test: the parent that a test kills. It starts a server that ignores SIGTERM and one that is frozen, and waits.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ServerProcess } from '../../../cli/stack/server-process.ts'

const folder = process.argv[2] ?? ''

for (const [name, script] of [
  ['stubborn', `trap '' TERM; touch stubborn; while :; do sleep 0.1; done`],
  ['frozen', 'touch frozen; exec sleep 60'],
] as const) {
  const server = new ServerProcess({
    name,
    command: '/bin/sh',
    args: () => ['-c', script],
    folder,
    logFile: join(folder, `${name}.log`),
    serves: async () => existsSync(join(folder, name)),
    startMs: 10_000,
    stopMs: 5_000,
  })
  await server.start()
  if (name === 'frozen') server.signal('SIGSTOP')
  process.stdout.write(`${server.pid}\n`)
}
setInterval(() => {}, 1_000)
