// The registry of a node, as its settings say; the only thing of a node that is open before its start.
import type { Config } from '../config/settings.ts'
import type { Events } from '../events.ts'
import type { Registry } from '../registry/ports.ts'
import { createRegistry } from '../registry/registry.ts'

/** Opens it, and hands it to `make`; closes it where that fails: nobody could stop it later, and it would keep the process. */
export async function withRegistry<T>(
  config: Config,
  events: Pick<Events, 'registryFailed'>,
  make: (registry: Registry) => T,
): Promise<T> {
  const registry = await createRegistry({
    redis: config.redis,
    cluster: config.cluster,
    leaseTtlMs: config.delivery.leaseTtl,
    slots: config.delivery.slots,
    onAway: (reason) => events.registryFailed('connection', reason),
  })
  try {
    return make(registry)
  } catch (failure) {
    await registry.close()
    throw failure
  }
}
