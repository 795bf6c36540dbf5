// What nodes say of themselves on their admin ports, and how long it takes them to say it.
import { readFile } from 'node:fs/promises'
import { waitFor } from './wait.ts'

export type Health = { readonly status: number; readonly slot?: number; readonly codes: readonly string[] }

/** Undefined where the node does not answer within a second. */
export async function healthOf(adminPort: number): Promise<Health | undefined> {
  const url = `http://127.0.0.1:${adminPort}/readyz?deep`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) })
    const { slot, reasons } = (await response.json()) as { slot?: number; reasons: { code: string }[] }
    const codes = reasons.map(({ code }) => code)
    return { status: response.status, codes, ...(slot === undefined ? {} : { slot }) }
  } catch {
    return undefined
  }
}

/** Milliseconds until the node has said what was waited for; fails after `timeoutMs`. */
export async function timeUntil(
  adminPort: number,
  fact: (health: Health) => boolean,
  timeoutMs: number,
  what: string,
): Promise<number> {
  const since = performance.now()
  let last: Health | undefined
  const look = async () => {
    last = await healthOf(adminPort)
    return last !== undefined && fact(last)
  }
  const describe = () => `${what}; it said ${JSON.stringify(last)}`
  await waitFor(look, { timeoutMs, everyMs: 50, describe })
  return Math.round(performance.now() - since)
}

/** Bytes of memory that a process has, and has had at most. */
export async function memoryOf(pid: number): Promise<{ readonly now: number; readonly most: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0) * 1024
  return { now: of('VmRSS'), most: of('VmHWM') }
}
