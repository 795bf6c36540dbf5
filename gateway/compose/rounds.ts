// What a node does again and again while it lives, and what it does last.
import { setTimeout as wait } from 'node:timers/promises'
import { everyRound, type Pulse, sendCanaries } from '../slots/heart.ts'
import { keepWatch } from '../slots/keep-watch.ts'
import type { SlotHolder } from '../slots/slot-holder.ts'
import type { ServiceParts } from './service-parts.ts'

const reapLimit = 1_000
const tickMs = 1_000
/** Well within the time that counts of connections live in the registry. */
const countsAgainMs = 3_600_000
const lookMs = 25
const sweepMs = 60_000

/** Those who were sent away come back elsewhere within moments: what still waits for them is sent on from here. */
export async function consumeToTheEnd(holder: SlotHolder, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const { log, reader } = holder.current ?? {}
    if (log === undefined || performance.now() >= until) return
    if (reader?.lag === 0 && log.state.entries.size === 0) return
    await wait(lookMs)
  }
}

/** What a node does again and again: hear itself through Kafka, end what is over, and clear up what dead nodes left. */
export function startRounds(parts: ServiceParts): void {
  const { config, node, internal, delivering, registry, events, ...rest } = parts
  const { signal } = rest.stopping
  const { holder, adopter, followers } = delivering
  const { canaryEvery } = config.health
  const { leaseTtl, resumeWindow } = config.delivery
  const secret = config.session.secrets[0] ?? ''
  const failed = (failure: unknown): void => events.registryFailed('round', failure)
  const pulse: Pulse = { sentAt: undefined, producedAt: undefined }
  void sendCanaries(
    { node, secret, everyMs: canaryEvery, signal, pulse },
    internal,
    () => holder.current,
    () => adopter.tenures(),
  )
  watchOver(parts, pulse)
  const reap = { graceMs: resumeWindow, limit: reapLimit, report: rest.sessionEvents.reaped }
  void everyRound(leaseTtl, signal, () => registry.sessions.reap(reap), failed)
  void everyRound(leaseTtl / 2, signal, () => adopter.look(), failed)
  void everyRound(leaseTtl / 2, signal, () => parts.channels.presence.round(), failed)
  void everyRound(countsAgainMs, signal, () => parts.limits.holdings.rebuild(), failed)
  const sweep = async (): Promise<void> => parts.revocations.sweep()
  void everyRound(sweepMs, signal, sweep, failed)
  const tick = async (): Promise<void> => {
    holder.kept?.tick()
    adopter.tick()
    followers.expire(performance.now())
  }
  void everyRound(tickMs, signal, tick, failed)
}

/** Restarts what makes no progress although Kafka answers; where that does not help, the process ends. */
function watchOver(parts: ServiceParts, pulse: Pulse): void {
  const { config, delivering, internal, broker, events, state, onStuck } = parts
  const { holder } = delivering
  const { grace: graceMs } = config.health
  const watch = keepWatch(
    {
      facts() {
        const { log } = holder.current ?? {}
        return {
          now: performance.now(),
          slotHeldSince: holder.heldSince,
          canarySentAt: pulse.sentAt,
          canaryProducedAt: pulse.producedAt,
          canaryReturnedAt: holder.canaryAt,
          readerNext: log?.state.next,
          readerHeld: !holder.fresh() || (log?.state.entries.size ?? 0) >= config.delivery.maxPending,
        }
      },
      probe: {
        answers: async (timeoutMs) => {
          const { topic } = holder.current ?? {}
          return topic !== undefined && broker.answersFor(topic, timeoutMs)
        },
      },
      restartReader: async () => holder.restart(),
      restartProducer: async () => internal.restart(),
      exit: onStuck,
    },
    { graceMs, signal: parts.stopping.signal },
    events,
  )
  state.stuck = () => watch.unready
}
