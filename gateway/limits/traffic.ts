// What one connection may send and be sent: its own buckets, and those it shares with its user, its tenant and its node.
import type { Rate } from '../config/units.ts'
import type { Traffic } from '../connection/ports.ts'
import type { Principal } from '../session/principal.ts'
import { Bucket, type Limit } from './bucket.ts'
import { addLane, type FlowRates, isEmpty, joinLanes, type Lane, lanesOf } from './lanes.ts'
import type { Shared, SharedTraffic } from './shared-traffic.ts'

export type ConnectionRates = FlowRates & {
  readonly pings?: Rate | undefined
  readonly refusals?: Rate | undefined
}

export class ConnectionTraffic implements Traffic {
  readonly #shared: SharedTraffic
  readonly #in: Lane
  readonly #out: Lane
  readonly #pings: Bucket | undefined
  readonly #refusals: Bucket | undefined
  #user: Shared | undefined
  #fixed: string | undefined
  #endings: (() => void)[] = []
  #limits: boolean

  constructor(rates: ConnectionRates, shared: SharedTraffic) {
    const now = shared.now()
    this.#shared = shared
    const own = lanesOf('connection', rates, now)
    this.#in = joinLanes(own.in, shared.node.in)
    this.#out = joinLanes(own.out, shared.node.out)
    this.#pings = rates.pings && new Bucket('connection.pings', rates.pings, now)
    this.#refusals = rates.refusals && new Bucket('connection.refusals', rates.refusals, now)
    this.#limits = !isEmpty(this.#in)
  }

  receive(bytes: number): number {
    return this.#limits ? this.#take(this.#in, bytes, this.#shared.onLimited) : 0
  }

  route(name: string): number {
    // A raw connection's route was counted when the message came.
    if (this.#fixed !== undefined) return 0
    const limit = this.#routeOf(name)
    if (limit === undefined) return 0
    const now = this.#shared.now()
    const wait = limit.wait(1, now)
    if (wait === 0) limit.take(1, now)
    else this.#shared.onLimited(limit.name)
    return wait
  }

  fixRoute(name: string): void {
    const limit = this.#routeOf(name)
    if (limit === undefined) return
    this.#fixed = name
    this.#in.messages.push(limit)
    this.#limits = true
  }

  refuse(): boolean {
    return spend(this.#refusals, this.#shared)
  }

  control(): boolean {
    return spend(this.#pings, this.#shared)
  }

  get paces(): boolean {
    return !isEmpty(this.#out) || this.#shared.pacesUsers
  }

  send(bytes: number): number {
    const now = this.#shared.now()
    let wait = 0
    for (const limit of this.#out.messages) {
      limit.take(1, now)
      wait = Math.max(wait, limit.wait(0, now))
    }
    for (const limit of this.#out.bytes) {
      limit.take(bytes, now)
      wait = Math.max(wait, limit.wait(0, now))
    }
    return wait
  }

  identify(principal: Principal): void {
    if (this.#user !== undefined) return
    this.#user = this.#shared.enter(principal)
    addLane(this.#in, this.#user.in)
    addLane(this.#out, this.#user.out)
    this.#limits = !isEmpty(this.#in)
  }

  onEnd(then: () => void): void {
    this.#endings.push(then)
  }

  end(): void {
    const endings = this.#endings
    this.#endings = []
    for (const then of endings) then()
    if (this.#user !== undefined) this.#shared.leave(this.#user)
    this.#user = undefined
  }

  /** All or nothing: what is refused here costs nothing elsewhere. */
  #take(lane: Lane, bytes: number, onLimited: (name: string) => void): number {
    const now = this.#shared.now()
    let longest = 0
    let by: Limit | undefined
    for (const limit of lane.messages) {
      const wait = limit.wait(1, now)
      if (wait > longest) [longest, by] = [wait, limit]
    }
    for (const limit of lane.bytes) {
      const wait = limit.wait(bytes, now)
      if (wait > longest) [longest, by] = [wait, limit]
    }
    if (by !== undefined) {
      onLimited(by.name)
      return longest
    }
    for (const limit of lane.messages) limit.take(1, now)
    for (const limit of lane.bytes) limit.take(bytes, now)
    return 0
  }

  #routeOf(name: string): Limit | undefined {
    return this.#user?.routes(name)
  }
}

function spend(bucket: Bucket | undefined, shared: SharedTraffic): boolean {
  if (bucket === undefined) return true
  const now = shared.now()
  if (bucket.wait(1, now) > 0) {
    shared.onLimited(bucket.name)
    return false
  }
  bucket.take(1, now)
  return true
}
