// Listeners by event; one that throws harms neither the others nor us.

export type Listener<T> = (event: T) => void

export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()
  readonly #failed: (error: unknown) => void

  /** `failed` is told what listeners throw. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** Answers how to stop listening. */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    const known = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, known)
    known.add(listener)
    return () => void known.delete(listener)
  }

  emit<K extends keyof Events>(event: K, what: Events[K]): void {
    // A copy: one that is added now is for what comes after.
    for (const listener of Array.from(this.#listeners.get(event) ?? [])) {
      try {
        ;(listener as Listener<Events[K]>)(what)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
