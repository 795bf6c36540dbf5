// What the load's processes tell each other: the order for one pass of the generator, and what it saw.

export type Answer = 'reply' | 'ack' | 'nothing'

export type PassOrder = {
  /** Whose frames are spoken. */
  readonly speaks: 'floor' | 'gateway'
  readonly url: string
  /** One for each connection; the floor asks for none. */
  readonly tokens: readonly string[]
  readonly connections: number
  /** What ends the clock of a message. With `nothing` there are no latencies. */
  readonly answer: Answer
  readonly rate: number
  readonly warmup: number
  readonly seconds: number
  readonly size: number
}

/** Milliseconds. */
export type Latency = {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export type PassReport = {
  /** All messages of the pass, the warm-up included. */
  readonly sent: number
  /** Of these, the messages within the measured seconds. */
  readonly measured: number
  readonly answered: number
  /** Sent and never answered, as long as we waited. 0 where no answers are expected. */
  readonly missing: number
  readonly refused: number
  /** Answered more than once. */
  readonly repeated: number
  /** Connections that ended before the pass did. */
  readonly closed: number
  /** From when a message was due to its answer; measured seconds only. */
  readonly latency: Latency | undefined
  /** From when a message was due to its sending: the generator's own part in the latency. */
  readonly lateness: Latency
  /** From the last due time to the last answer, in milliseconds. */
  readonly tailMs: number
}

/**
 * What the generator says along the way, so that whoever watches reads CPU times at the right moments: before the first
 * measured message, and after the last answer.
 */
export type GeneratorNote =
  | { readonly note: 'measuring' }
  | { readonly note: 'measured' }
  | { readonly note: 'report'; readonly report: PassReport }
  | { readonly note: 'failed'; readonly message: string }
