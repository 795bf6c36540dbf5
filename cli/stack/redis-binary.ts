// Finds a Redis program that runs here: redis-server or valkey-server of PATH, else the one inside the embedded-redis jar.
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StackFailure, stopIfAborted } from './failure.ts'
import type { Jars } from './jars.ts'
import { jarCalled } from './jars.ts'
import { onPath } from './java.ts'
import { run } from './run.ts'
import { listZip, readZip } from './zip.ts'

/** `fetch` is asked for the jars only when PATH has no Redis. Throws a StackFailure that says what to install. */
export async function findRedis(
  env: NodeJS.ProcessEnv,
  fetch: () => Promise<Jars>,
  signal?: AbortSignal,
): Promise<string> {
  const installed = [...(await onPath('redis-server', env)), ...(await onPath('valkey-server', env))]
  for (const path of installed) if (await isGoodRedis(path, signal)) return path
  const path = await unpackRedis(await fetch())
  if (await isGoodRedis(path, signal)) return path
  stopIfAborted(signal, 'looking for Redis')
  throw new StackFailure(
    `The Redis that comes with Maven does not run on this machine (it needs OpenSSL 3). Install Redis 6.2 or newer, ` +
      `or Valkey (Debian and Ubuntu: apt install redis-server; macOS: brew install redis), or set OPENCLAW_REDIS_URL.`,
  )
}

async function isGoodRedis(path: string, signal?: AbortSignal): Promise<boolean> {
  const { lines } = await run(path, ['--version'], { signal, silenceMs: 10_000 })
  const [, major = '0', minor = '0'] = /\bv=(\d+)\.(\d+)/.exec(lines.join(' ')) ?? []
  return Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2)
}

async function unpackRedis(jars: Jars): Promise<string> {
  const path = join(jars.home, 'redis-server')
  const there = await stat(path).catch(() => undefined)
  if (there) return path
  const jar = await jarCalled(jars, 'embedded-redis')
  const name = (await listZip(jar)).find((each) => binaryOf(process.platform, process.arch).test(each))
  if (name === undefined) {
    throw new StackFailure(
      `There is no ready Redis for ${process.platform} on ${process.arch}. Install Redis 6.2 or newer, or Valkey, ` +
        `or set OPENCLAW_REDIS_URL.`,
    )
  }
  const draft = join(jars.home, `redis-server-${randomUUID().slice(0, 8)}`)
  try {
    await mkdir(jars.home, { recursive: true })
    await writeFile(draft, await readZip(jar, name), { mode: 0o755, flush: true })
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  return path
}

/** Matches the name of the binary for one system inside the jar. */
export function binaryOf(platform: string, arch: string): RegExp {
  const cpu = { x64: 'amd64', arm64: 'arm64', ia32: '386' }[arch] ?? arch
  return new RegExp(`^redis-server-[\\w.-]+-${platform}-${cpu}$`)
}
