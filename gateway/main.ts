// Runs one gateway until it is told to stop: what `openclaw start` and the container image call.
import { createGateway } from './compose/gateway.ts'
import type { Config } from './config/settings.ts'

/** The exit code of a process that only its supervisor can help, by starting another (EX_SOFTWARE of sysexits.h). */
const stuckCode = 70

const signals = ['SIGTERM', 'SIGINT'] as const

/**
 * Starts a node and resolves when it has stopped after SIGTERM, SIGINT or `options.signal`. Rejects with a sentence
 * where it cannot start. A second signal ends the process at once.
 */
export async function runGateway(config: Config, options: { signal?: AbortSignal } = {}): Promise<void> {
  const stop = Promise.withResolvers<void>()
  let asked = 0
  const onSignal = (): void => {
    stop.resolve()
    if (++asked > 1) process.exit(130)
  }
  for (const name of signals) process.on(name, onSignal)
  options.signal?.addEventListener('abort', onSignal, { once: true })
  if (options.signal?.aborted) onSignal()
  let reload = (): void => undefined
  const onHangup = (): void => reload()
  // Without certificates to read again it means what it means to other programs: the terminal is gone.
  if (config.listen.tls ?? config.admin.tls) process.on('SIGHUP', onHangup)
  try {
    const gateway = await createGateway(config, { onStuck: () => process.exit(stuckCode) })
    reload = gateway.reload
    const started = gateway.start()
    await Promise.race([started, stop.promise])
    await stop.promise
    await gateway.stop()
  } finally {
    for (const name of signals) process.off(name, onSignal)
    process.off('SIGHUP', onHangup)
  }
}
