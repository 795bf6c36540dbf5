// The counters, gauges and histograms of one node, in Prometheus's words; one registry per node, never a global one.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export type Metrics = ReturnType<typeof createMetrics>

/** Gauges are read when scraped. */
export type Gauges = {
  connections(): number
  sessions(): number
  subscriptions(): number
  unauthenticated(): number
  publishQueue(): { count: number; bytes: number }
  pendingDeliveries(): number
  slotLag(): number | undefined
  dispatchLag(): number | undefined
  slot(): number | undefined
  ready(): boolean
}

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'openclaw_process_' })
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name: `openclaw_${name}`, help, labelNames, registers })
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `openclaw_${name}`, help, buckets: latencyBuckets, registers })
  return {
    registry,
    frames: counter('frames_total', 'frames received from clients', ['kind']),
    acks: counter('acks_total', 'records that Kafka acknowledged'),
    refusals: counter('refusals_total', 'frames that were refused', ['code']),
    rejections: counter('handshake_rejections_total', 'upgrades that were not granted', ['code']),
    greetingsFailed: counter('credentials_unknown_total', 'credentials in hello that could not be checked'),
    introspections: counter('introspections_total', 'opaque tokens by what their server said', ['outcome']),
    tlsFailures: counter('tls_failures_total', 'TLS handshakes that failed', ['listener']),
    limited: counter('limited_total', 'frames and connections that a rate or a quota held back', ['limit']),
    proxyRefused: counter(
      'proxy_refused_total',
      'connections that began without the header of a trusted proxy',
      ['reason'],
    ),
    revoked: counter('revoked_total', 'connections closed and absent sessions ended by a revocation', [
      'what',
    ]),
    opened: counter('connections_opened_total', 'connections accepted', ['subprotocol']),
    clients: counter('clients_total', 'sessions opened or resumed, by what their clients say they are', [
      'subprotocol',
      'client',
      'version',
    ]),
    closed: counter('connections_closed_total', 'connections ended', ['code']),
    deliveries: counter('deliveries_total', 'deliveries written to a socket'),
    undeliverable: counter('undeliverable_total', 'deliveries that reached nobody', ['reason']),
    forwards: counter('forwards_total', 'deliveries sent on to a slot', ['outcome']),
    receipts: counter('receipts_total', 'reports written', ['outcome']),
    quarantined: counter('quarantined_total', 'records nobody could read', ['reason']),
    ruleFailures: counter('rule_failures_total', 'rules that failed, and so said no', ['setting']),
    channelGaps: counter(
      'channel_gaps_total',
      'parts of channel topics that were gone before they were read',
    ),
    channelUnreadable: counter('channel_unreadable_total', 'records of channel topics nobody could read', [
      'reason',
    ]),
    leases: counter('lease_renewals_total', 'renewals of the slot lease', ['outcome']),
    slotChanges: counter('slot_changes_total', 'slots taken and lost', ['change']),
    sessionEvents: counter('session_events_total', 'session events by what became of them', ['outcome']),
    watchdog: counter('watchdog_total', 'what the watchdog had to do', ['decision']),
    publishLatency: histogram('publish_seconds', 'from a frame received to its record acknowledged by Kafka'),
    deliveryLatency: histogram(
      'delivery_seconds',
      'from Kafka taking a delivery to its bytes given to the kernel',
    ),
    canaryLatency: histogram('canary_seconds', 'from Kafka taking a canary to this node reading it'),
  }
}

/** Registers what is read at each scrape. The answer stops the event-loop monitor. */
export function exposeGauges(metrics: Metrics, gauges: Gauges): () => void {
  const gauge = (name: string, help: string, read: () => number | undefined) =>
    new Gauge({
      name: `openclaw_${name}`,
      help,
      registers: [metrics.registry],
      collect() {
        const value = read()
        // Not 0, which would be a value like any other: slot 0, no lag.
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  gauge('connections', 'open connections', gauges.connections)
  gauge('sessions', 'welcomed sessions', gauges.sessions)
  gauge('subscriptions', 'subscriptions of all connections to channels', gauges.subscriptions)
  gauge('connections_unauthenticated', 'connections that have not authenticated', gauges.unauthenticated)
  gauge('publish_queue_records', 'records waiting for Kafka', () => gauges.publishQueue().count)
  gauge('publish_queue_bytes', 'bytes waiting for Kafka', () => gauges.publishQueue().bytes)
  gauge('deliveries_pending', 'records of the slot not yet settled', gauges.pendingDeliveries)
  gauge('slot_lag_records', 'records of the slot not yet read', gauges.slotLag)
  gauge('dispatch_lag_records', 'records of dispatch not yet read by this node', gauges.dispatchLag)
  gauge('slot', 'the slot this node holds', gauges.slot)
  gauge('ready', '1 if this node is ready', () => Number(gauges.ready()))
  gauge('event_loop_delay_p99_seconds', 'event loop delay since the last scrape', () => {
    const seconds = Math.max(0, delay.percentile(99) / 1e9 - 0.01)
    delay.reset()
    return Number.isFinite(seconds) ? seconds : 0
  })
  return () => delay.disable()
}
