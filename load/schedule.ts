// Sends on a schedule that waits for nobody: after a stall everything that came due meanwhile is sent at once, and counts from when it was due.

export type Schedule = {
  readonly count: number
  /** Per second. */
  readonly rate: number
  /** `performance.now()` of message 0. */
  readonly start: number
}

/** When a message is due, in `performance.now()` milliseconds. */
export const dueAt = ({ rate, start }: Schedule, message: number): number => start + (message / rate) * 1_000

const tickMs = 1

/** Resolves when the last message was sent. `send` must not throw. */
export const follow = (
  schedule: Schedule,
  send: (message: number, now: number) => void,
  clock: () => number = () => performance.now(),
): Promise<void> =>
  new Promise((resolve) => {
    let next = 0
    const tick = (): void => {
      const now = clock()
      while (next < schedule.count && dueAt(schedule, next) <= now) send(next++, clock())
      if (next === schedule.count) return resolve()
      setTimeout(tick, Math.max(tickMs, dueAt(schedule, next) - now))
    }
    tick()
  })
