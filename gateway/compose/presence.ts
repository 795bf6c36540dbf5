// Puts presence together: who is on channels here, in the registry and in the channels' logs.
import { createPresence, type MemberPresence } from '../channels/presence.ts'
import type { Timers } from '../channels/subscription.ts'
import type { Config } from '../config/settings.ts'
import { createAppend } from '../delivery/surely.ts'
import type { Events } from '../events.ts'
import type { Publisher } from '../inbound/ports.ts'
import type { Registry } from '../registry/ports.ts'
import type { Tenure } from '../slots/tenure.ts'

export type PresenceParts = {
  readonly config: Config
  readonly registry: Registry
  readonly internal: Publisher
  readonly wheel: Timers
  readonly events: Events
  readonly signal: AbortSignal
  /** The slot this node has. */
  held(): Tenure | undefined
}

/** In ms: one whose connection is lost and that is back within this time was never away. */
const lingerMs = 2_000

export function composePresence(
  { config, registry, internal, wheel, events, signal, held }: PresenceParts,
  topicOf: (channel: string) => string | undefined,
): MemberPresence {
  const presence = createPresence({
    members: registry.members,
    available: () => registry.available,
    held,
    topicOf,
    append: createAppend(internal, signal),
    secret: config.session.secrets[0] ?? '',
    timers: wheel,
    leaseTtl: config.delivery.leaseTtl,
    linger: lingerMs,
    most: config.limits.members,
    signal,
    onFailure: events.registryFailed,
  })
  registry.onBack(() => presence.rebuild())
  return presence
}
