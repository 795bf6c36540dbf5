// Puts the limits together: who the client is, how often it may come, and what it may send.
import type { IncomingMessage, Server } from 'node:http'
import { toBlockList } from '../config/cidr.ts'
import type { Config } from '../config/settings.ts'
import { type Rate, toRate } from '../config/units.ts'
import type { Connection } from '../connection/connection.ts'
import type { Traffic } from '../connection/ports.ts'
import type { TimerWheel } from '../connection/timer-wheel.ts'
import { turnTime } from '../connection/turn-clock.ts'
import type { Rejection } from '../errors.ts'
import type { Events } from '../events.ts'
import { createArrivals } from '../limits/arrivals.ts'
import { clientAddress } from '../limits/forwarded.ts'
import { createHoldings, type Holdings } from '../limits/holdings.ts'
import type { FlowRates } from '../limits/lanes.ts'
import { createSharedTraffic } from '../limits/shared-traffic.ts'
import { tenantLimits } from '../limits/tenants.ts'
import { ConnectionTraffic } from '../limits/traffic.ts'
import type { Registry } from '../registry/ports.ts'
import { type ProxiedAddress, readProxyHeaders } from '../server/proxy-front.ts'
import type { Principal } from '../session/principal.ts'

export type LimitParts = {
  readonly config: Config
  readonly registry: Pick<Registry, 'windows' | 'holdings'>
  readonly wheel: TimerWheel
  readonly events: Events
  /** The lease that connections of this node are counted under. */
  readonly held: () => { readonly slot: number; readonly epoch: number } | undefined
}

type Limited = Promise<Rejection | undefined> | undefined

export type ComposedLimits = {
  readonly traffic: () => Traffic
  /** Who the client is, as far as proxies are trusted. */
  readonly addressOf: (request: IncomingMessage) => string
  readonly addressLimited: (request: IncomingMessage) => Limited
  /** Until the request's socket ends, or the connection. */
  readonly principalLimited: (principal: Principal, request: IncomingMessage) => Limited
  readonly connectionLimited: (principal: Principal, connection: Connection) => Limited
  /** What `welcome` says; 0: no limit. */
  readonly messagesPerSecond: (principal: Principal) => number
  /** Reads PROXY headers, where the settings say so, before the server looks at its connections. */
  readonly watch: (server: Server) => void
  readonly holdings: Holdings
}

export function composeLimits({ config, registry, wheel, events, held }: LimitParts): ComposedLimits {
  const { rates } = config.limits
  const { listen } = config
  const trusted = toBlockList(listen.trustedProxies)
  const uncounted = toBlockList(rates.address.uncounted)
  const tenants = tenantLimits(config.tenants, {
    windows: registry.windows,
    now: turnTime,
    after: (ms, then) => void wheel.after(ms, then),
  })
  const shared = createSharedTraffic(
    {
      node: toFlow(rates.node),
      principal: toFlow(rates.principal),
      routes: routeRates(config),
      tenant: tenants.lane,
    },
    turnTime,
    events.limited,
  )
  const own = {
    ...toFlow(rates.connection),
    pings: toRate(rates.connection.pings),
    refusals: toRate(rates.connection.refusals),
  }
  const holdings = createHoldings(registry.holdings, held)
  const arrivals = createArrivals({
    address: toArrivals(rates.address),
    principal: toArrivals(rates.principal),
    ofTenant: tenants.connections,
    isUncounted: (address) => isIn(uncounted, address),
    windows: registry.windows,
    holdings,
    onLimited: events.limited,
  })

  let proxied: ProxiedAddress = () => undefined
  const addressOf = (request: IncomingMessage): string => {
    const peer = proxied(request.socket) ?? request.socket.remoteAddress ?? ''
    const value = request.headers[listen.forwardedHeader]
    const text = Array.isArray(value) ? value.join(',') : value
    return clientAddress(peer, text, listen.forwardedHeader, (address) => isIn(trusted, address))
  }
  return {
    traffic: () => new ConnectionTraffic(own, shared),
    addressOf,
    addressLimited: (request) => arrivals.ofAddress(addressOf(request), lifeOf(request)),
    principalLimited: (principal, request) => arrivals.ofPrincipal(principal, lifeOf(request)),
    connectionLimited: (principal, connection) =>
      arrivals.ofPrincipal(principal, {
        of: connection,
        get ended() {
          return !connection.open
        },
        onEnd: (then) => connection.traffic?.onEnd(then),
      }),
    messagesPerSecond: ({ tenant }) =>
      perSecond([own.messages, toRate(rates.principal.messages), tenants.messages(tenant)]),
    watch(server) {
      if (!listen.proxyProtocol) return
      proxied = readProxyHeaders(server, {
        isTrusted: (address) => isIn(trusted, address),
        timeout: listen.handshakeTimeout,
        onRefused: events.proxyRefused,
      })
    },
    holdings,
  }
}

const lifeOf = ({ socket }: IncomingMessage) => ({
  of: socket,
  get ended() {
    return socket.destroyed
  },
  onEnd: (then: () => void) => void socket.once('close', then),
})

const isIn = (list: ReturnType<typeof toBlockList>, address: string): boolean =>
  address !== '' && list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')

const toFlow = (rates: Record<keyof FlowRates, string>): FlowRates => ({
  messages: toRate(rates.messages),
  bytes: toRate(rates.bytes),
  messagesOut: toRate(rates.messagesOut),
  bytesOut: toRate(rates.bytesOut),
})

const toArrivals = ({ newConnections, connections }: Config['limits']['rates']['principal' | 'address']) => ({
  newConnections: toRate(newConnections),
  connections: connections === 'unlimited' ? undefined : connections,
})

const routeRates = ({ routes }: Config): ReadonlyMap<string, Rate> =>
  new Map(
    Object.entries(routes).flatMap(([name, { rate }]) => {
      const found = toRate(rate)
      return found === undefined ? [] : [[name, found] as const]
    }),
  )

/** The smallest, in whole frames a second and rounded down, but never to 0, which says that there is none. */
function perSecond(rates: readonly (Rate | undefined)[]): number {
  const each = rates.flatMap((rate) => (rate === undefined ? [] : [(rate.count * 1_000) / rate.windowMs]))
  return each.length === 0 ? 0 : Math.max(1, Math.floor(Math.min(...each)))
}
