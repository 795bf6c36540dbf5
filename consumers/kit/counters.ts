// What a backend counts, and the same as text for Prometheus.

const described = {
  received: 'Records handed to a handler, each once.',
  handled: 'Records whose handler resolved.',
  failures: 'Attempts that a handler failed.',
  dead: 'Records put with the dead letters, or given up where there are none.',
  repeats: 'Copies of a record that was handled before.',
  passed: 'Records that were not handled because nobody waited any more.',
  replies: 'Replies given to Kafka.',
  sent: 'Records for clients and other topics given to Kafka.',
  transactions: 'Transactions that were committed.',
} as const

export type Counters = { -readonly [name in keyof typeof described]: number }

export const createCounters = (): Counters =>
  Object.fromEntries(Object.keys(described).map((name) => [name, 0])) as Counters

/** Text in Prometheus's format. `labels` as in `{ app: 'orders' }`. */
export function toPrometheus(counters: Counters, labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const suffix = pairs.length === 0 ? '' : `{${pairs.join(',')}}`
  return Object.entries(described)
    .map(([name, help]) => {
      const metric = `openclaw_backend_${name}_total`
      const count = counters[name as keyof Counters]
      return `# HELP ${metric} ${help}\n# TYPE ${metric} counter\n${metric}${suffix} ${count}\n`
    })
    .join('')
}
