// The node's own heartbeat through Kafka: a canary to its slot every few seconds, and the reaper's round.
import { setTimeout as wait } from 'node:timers/promises'
import type { Publisher } from '../inbound/ports.ts'
import { toControl } from './control-records.ts'
import type { Tenure } from './tenure.ts'

/** `performance.now()` of the latest canary that was handed over, and of the latest that Kafka took. */
export type Pulse = { sentAt: number | undefined; producedAt: number | undefined }

/** Sends a canary every `everyMs` while a slot is held. A canary that Kafka does not take is not sent again: the next is. */
export async function sendCanaries(
  options: { node: string; secret: string; everyMs: number; signal: AbortSignal; pulse: Pulse },
  publisher: Publisher,
  current: () => Tenure | undefined,
  adopted: () => Iterable<Tenure> = () => [],
): Promise<void> {
  const { node, secret, everyMs, signal, pulse } = options
  while (!signal.aborted) {
    const tenure = current()
    if (tenure !== undefined) {
      const canary = { kind: 'canary', node, epoch: tenure.epoch } as const
      pulse.sentAt = performance.now()
      publisher.publish(toControl(canary, tenure.topic, secret), ({ ok }) => {
        if (ok) pulse.producedAt = performance.now()
      })
    }
    // By these a slot knows what it may forget.
    for (const { epoch, topic } of adopted())
      publisher.publish(toControl({ kind: 'canary', node, epoch }, topic, secret), () => undefined)
    await wait(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Does `work` every `everyMs`; a round that fails is told and the next one comes. */
export async function everyRound(
  everyMs: number,
  signal: AbortSignal,
  work: () => Promise<unknown>,
  onFailure: (failure: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await wait(everyMs, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await work().catch(onFailure)
  }
}
