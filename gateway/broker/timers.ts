// Stops the 1 ms timer that kafkajs runs for ever on each connection, whether or not a request waits.

export type RequestQueueClass = {
  readonly prototype: {
    pending: unknown[]
    throttledUntil: number
    throttleCheckTimeoutId: NodeJS.Timeout | null
    checkPendingRequests(): void
    scheduleCheckPendingRequests(): void
  }
}

/** How soon a queue that is full, but not throttled, is looked at again; it is also looked at on every answer. Ms. */
const recheck = 10

/** Replaces the scheduling of one kafkajs class; safe to call again. */
export const mendTimers = (queue: RequestQueueClass): void => {
  queue.prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return
    const throttled = this.throttledUntil - Date.now()
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null
        this.checkPendingRequests()
      },
      throttled > 0 ? throttled : recheck,
    )
  }
}
