// A wait that ends early: at an abort, or when a browser says that it is online again.

export function rest(ms: number, stopping: AbortSignal): Promise<void> {
  const target = globalThis as Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      stopping.removeEventListener('abort', end)
      target.removeEventListener?.('online', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    stopping.addEventListener('abort', end, { once: true })
    target.addEventListener?.('online', end, { once: true })
  })
}
