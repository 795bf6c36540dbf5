// The lock that one tab has: Web Locks give it to the next when that tab is closed, crashes or lets go.

type Locks = {
  request(name: string, options: { signal?: AbortSignal }, held: () => Promise<void>): Promise<unknown>
  query(): Promise<{ pending?: readonly { readonly name?: string }[] }>
}

/** Throws where there are none. */
const locks = (): Locks => {
  const { navigator } = globalThis as { navigator?: { locks?: Locks } }
  if (navigator?.locks === undefined) throw new TypeError('shared: this browser has no Web Locks')
  return navigator.locks
}

/** Calls `lead` once the lock is ours, and keeps it until the signal aborts. */
export async function takeLock(name: string, signal: AbortSignal, lead: () => void): Promise<void> {
  try {
    await locks().request(name, { signal }, () => {
      lead()
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Whether another tab waits for the lock. */
export async function someoneWaits(name: string): Promise<boolean> {
  const { pending = [] } = await locks().query()
  return pending.some((each) => each.name === name)
}
