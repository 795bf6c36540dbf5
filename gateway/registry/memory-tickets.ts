// Tickets as the registry in memory keeps them.

export class MemoryTickets {
  readonly #kept = new Map<string, { readonly value: string; readonly until: number }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  wipe(): void {
    this.#kept.clear()
  }

  put(hash: string, value: string, ttlMs: number): void {
    for (const [old, { until }] of this.#kept) if (until <= this.#now()) this.#kept.delete(old)
    this.#kept.set(hash, { value, until: this.#now() + ttlMs })
  }

  take(hash: string): string | undefined {
    const value = this.look(hash)
    this.#kept.delete(hash)
    return value
  }

  look(hash: string): string | undefined {
    const kept = this.#kept.get(hash)
    return kept !== undefined && kept.until > this.#now() ? kept.value : undefined
  }
}
