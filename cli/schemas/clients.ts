// Which programs still connect, as the metrics of running nodes have counted them.
import { CliFailure } from '../failure.ts'

export type ClientCount = {
  readonly subprotocol: string
  readonly client: string
  readonly version: string
  readonly sessions: number
}

const answerMs = 5_000
const line = /^openclaw_clients_total\{([^}]*)\} ([0-9.e+]+)$/gm

const labelOf = (labels: string, name: string): string =>
  new RegExp(`(?:^|,)${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(labels)?.[1] ?? ''

/** Reads the counts out of one node's metrics. */
export const countsIn = (metrics: string): readonly ClientCount[] =>
  [...metrics.matchAll(line)].map(([, labels = '', count]) => ({
    subprotocol: labelOf(labels, 'subprotocol'),
    client: labelOf(labels, 'client'),
    version: labelOf(labels, 'version'),
    sessions: Number(count),
  }))

async function metricsOf(url: string): Promise<string> {
  const address = url.endsWith('/metrics') ? url : `${url.replace(/\/$/, '')}/metrics`
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(answerMs) })
    if (answer.ok) return await answer.text()
    throw new CliFailure(`--metrics: ${address} answers ${answer.status}`)
  } catch (failure) {
    if (failure instanceof CliFailure) throw failure
    throw new CliFailure(`--metrics: nothing answers at ${address}; give the admin address of a node`)
  }
}

/** The counts of several nodes together, most sessions first. Throws where a node does not answer. */
export async function clientsOf(urls: readonly string[]): Promise<readonly ClientCount[]> {
  const totals = new Map<string, ClientCount>()
  for (const metrics of await Promise.all(urls.map(metricsOf)))
    for (const count of countsIn(metrics)) {
      const key = JSON.stringify([count.subprotocol, count.client, count.version])
      const before = totals.get(key)?.sessions ?? 0
      totals.set(key, { ...count, sessions: count.sessions + before })
    }
  return [...totals.values()].toSorted((a, b) => b.sessions - a.sessions)
}
