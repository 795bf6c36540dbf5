// Clients and deliveries for tests of one fault: clients that come back by themselves, and numbered deliveries to them.
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'
import type { Cluster } from './gateway.ts'
import { tokenFor } from './keys.ts'
import { ResumingClient, type ResumingOptions } from './resuming-client.ts'
import { waitFor } from './wait.ts'

export type FaultClientOptions = Partial<ResumingOptions> & Pick<ResumingOptions, 'port'>

/** Resolves when it was welcomed; it stops with `t`. */
export async function startClient(
  t: TestContext,
  user: string,
  options: FaultClientOptions,
): Promise<ResumingClient> {
  const client = new ResumingClient({
    token: () => tokenFor(user),
    instance: user,
    confirms: { every: 20, afterMs: 200 },
    longestBackoffMs: 500,
    ...options,
  })
  onEnd(t, () => client.stop())
  client.start()
  await waitFor(() => client.welcomed, { timeoutMs: 20_000, describe: `a welcome for ${user}` })
  return client
}

/** The slot that the client was on when it last heard of its place. */
export const slotOf = ({ session }: ResumingClient): number =>
  Number.parseInt(session.position?.split('.')[0] ?? '', 36)

/** One delivery to the client's session, as a backend writes it to a slot topic. */
export const toDelivery = ({ session }: ResumingClient, uuid: string) => ({
  key: session.id ?? '',
  value: JSON.stringify({ uuid, session: session.id }),
  headers: { ce_to: `session:${session.id}` },
})

/** Sends `count` deliveries to each client through one slot; answers the uuids of each client, in order. */
export async function pushEach(
  { kafka, topics }: Cluster,
  slot: number,
  clients: readonly ResumingClient[],
  name: string,
  count: number,
): Promise<readonly (readonly string[])[]> {
  const uuids = clients.map((_, c) => Array.from({ length: count }, (_unused, n) => `${name}-${c}-${n}`))
  const messages = Array.from({ length: count }, (_, n) =>
    clients.map((client, c) => toDelivery(client, uuids[c]?.[n] ?? '')),
  ).flat()
  await kafka.send(`${topics.slot}${slot}`, messages)
  return uuids
}

/** The uuids that a client has received, each once, in the order they came. */
export const uuidsOf = ({ record }: ResumingClient): string[] => record.received.map(({ uuid }) => uuid)

export type Receipt = {
  readonly reason?: string
  readonly target?: string
  readonly origin: { readonly topic: string; readonly offset: string }
  readonly lost?: { readonly topic: string; readonly from: string; readonly to: string }
}

/** What `openclaw.receipts` said so far; the array grows. */
export async function readReceipts({ kafka, topics }: Cluster): Promise<() => readonly Receipt[]> {
  const records = await kafka.read(topics.receipts)
  return () => records.map(({ text }) => JSON.parse(text) as Receipt)
}
