// Connections to the nodes of a Kafka cluster for single requests: opened on demand, thrown away after any trouble.
import type { Socket } from 'node:net'
import type { KafkaConfig } from '../config/settings.ts'
import { type BrokerLog, createKafka, socketFactory } from './client.ts'
import { BrokerFailure, toFailure } from './failure.ts'
import {
  apiKeys,
  ConnectionPool,
  type Definition,
  type Exchange,
  type Node,
  NodeConnection,
  requests,
} from './internals.ts'
import { saslOf } from './secure.ts'

type Address = { readonly host: string; readonly port: number }
type Line = {
  readonly name: string
  readonly node: Node
  readonly sockets: Set<Socket>
  /** Until then the node counts as connected, but does not know yet what it may be asked. */
  opening: Promise<void> | undefined
}
/** A node by Kafka's number for it, or whichever is connected. */
export type NodeId = number | 'any'

export type WireOptions = { readonly config: KafkaConfig; readonly log: BrokerLog }

/**
 * One socket to each node, on which Kafka answers one request after the other: what it holds back (a fetch that waits)
 * belongs on a wire `apart`. Requests reject with `BrokerFailure` only, and within about `kafka.requestTimeout` plus the
 * time to connect.
 */
export class Wire {
  readonly #options: WireOptions
  readonly #config: KafkaConfig
  readonly #logger: object
  readonly #addresses: Map<number, Address>
  readonly #lines = new Map<string, Line>()
  #turn: number
  #closed = false

  constructor(options: WireOptions, addresses = new Map<number, Address>()) {
    const { config, log } = options
    this.#options = options
    this.#config = config
    this.#logger = createKafka(config, { log }).logger()
    this.#addresses = addresses
    this.#turn = Math.floor(Math.random() * config.brokers.length)
  }

  /** A wire with connections of its own, which knows the nodes that this one learns of. To be closed by itself. */
  apart(): Wire {
    return new Wire(this.#options, this.#addresses)
  }

  /** Remembers where nodes are, as some answer said. */
  learn(nodes: Iterable<Address & { readonly nodeId: number }>): void {
    for (const { nodeId, host, port } of nodes) this.#addresses.set(nodeId, { host, port })
  }

  /**
   * Sends an exchange and answers what its `parse` made of the response. `onSend` is asked once connected: true, and
   * from then on it may arrive; false, and it is not sent.
   */
  async exchange(to: NodeId, exchange: Exchange, onSend: () => boolean): Promise<unknown> {
    const line = await this.#line(to)
    if (!onSend()) throw new BrokerFailure('not-sent', 'no longer wanted')
    return this.#send(line, exchange)
  }

  /** Sends one of kafkajs's requests; the answer is the decoded response, its error codes not thrown. */
  async ask<T>(to: NodeId, api: string, args: object): Promise<T> {
    const line = await this.#line(to)
    const { request, response } = exchangeFor(line.node, api, args)
    const parse = async (answer: unknown) => answer
    return (await this.#send(line, { request, response: { decode: response.decode, parse } })) as T
  }

  /** Ends every connection at once; requests that wait for an answer fail as `unknown`. New ones connect again. */
  reset(): void {
    for (const line of this.#lines.values()) this.#drop(line)
  }

  /** Like `reset`, and no new connections after that. */
  close(): void {
    this.#closed = true
    this.reset()
  }

  async #send(line: Line, exchange: Exchange): Promise<unknown> {
    try {
      return await this.#bounded(line.node.connectionPool.send({ ...exchange, logResponseError: false }))
    } catch (failed) {
      // A connection on which one answer is missing is not trusted with the next request.
      this.#drop(line)
      throw failed
    }
  }

  async #line(to: NodeId): Promise<Line> {
    if (to !== 'any') {
      const address = this.#addresses.get(to)
      if (!address) throw new BrokerFailure('not-sent', `no address of Kafka node ${to} is known`)
      return this.#connected(address)
    }
    for (const line of this.#lines.values()) if (isOpen(line)) return line
    let last: unknown
    for (let tries = 0; tries < this.#config.brokers.length; tries++) {
      const broker = this.#config.brokers[this.#turn++ % this.#config.brokers.length] as string
      const colon = broker.lastIndexOf(':')
      try {
        return await this.#connected({ host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) })
      } catch (failed) {
        last = failed
      }
    }
    throw last
  }

  async #connected(address: Address): Promise<Line> {
    if (this.#closed) throw new BrokerFailure('not-sent', 'closed')
    const name = `${address.host}:${address.port}`
    const line = this.#lines.get(name) ?? this.#open(name, address)
    if (isOpen(line)) return line
    line.opening ??= this.#bounded(line.node.connect()).finally(() => {
      line.opening = undefined
    })
    try {
      await line.opening
      // It was given up before it had a socket that could be destroyed.
      if (this.#lines.get(name) !== line) throw new BrokerFailure('not-sent', 'given up')
      return line
    } catch (failed) {
      this.#drop(line)
      // Connecting sends nothing of the caller's, whatever went wrong.
      throw new BrokerFailure('not-sent', toFailure(failed).message)
    }
  }

  #open(name: string, address: Address): Line {
    const sockets = new Set<Socket>()
    const connectionPool = new ConnectionPool({
      ...address,
      logger: this.#logger,
      clientId: this.#config.clientId,
      connectionTimeout: this.#config.connectionTimeout,
      requestTimeout: this.#config.requestTimeout,
      enforceRequestTimeout: true,
      socketFactory: socketFactory(this.#config, sockets),
      sasl: saslOf(this.#config) ?? null,
    })
    // kafkajs would open a second one for fetches, and two of those at once would open it twice.
    connectionPool.getConnectionByRequest = () => connectionPool.getConnection(0)
    const node = new NodeConnection({ connectionPool, logger: this.#logger, allowAutoTopicCreation: false })
    const line: Line = { name, node, sockets, opening: undefined }
    this.#lines.set(name, line)
    return line
  }

  #drop(line: Line): void {
    if (this.#lines.get(line.name) === line) this.#lines.delete(line.name)
    for (const socket of line.sockets) socket.destroy(new Error('the connection was given up'))
  }

  /** kafkajs leaves some requests waiting for ever; none of ours does. */
  async #bounded<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const limit = this.#config.requestTimeout + 2 * this.#config.connectionTimeout
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new BrokerFailure('unknown', 'Kafka did not answer')), limit)
    })
    try {
      return await Promise.race([answer, late])
    } catch (failed) {
      throw toFailure(failed)
    } finally {
      clearTimeout(timer)
    }
  }
}

const isOpen = ({ opening, node }: Line): boolean => opening === undefined && node.isConnected()

const exchangeFor = (node: Node, api: string, args: object): Exchange => {
  try {
    return node.lookupRequest(apiKeys[api] as number, requests[api] as Definition)(args)
  } catch (failed) {
    throw new BrokerFailure('not-sent', toFailure(failed).message)
  }
}
