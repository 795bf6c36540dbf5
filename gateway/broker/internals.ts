// The one place that loads kafkajs: its public face, the inner pieces this room builds on, and the small mends they need.
import { createRequire } from 'node:module'
import type * as KafkaJs from 'kafkajs'
import { readRecord } from './record-decoder.ts'
import { mendTimers, type RequestQueueClass } from './timers.ts'

/** One request and how its answer is read; kafkajs keeps one such pair per protocol version. */
export type Exchange = {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly expectResponse?: () => boolean
    readonly encode: () => Promise<unknown>
  }
  readonly response: {
    readonly decode: (raw: Buffer) => Promise<unknown>
    readonly parse: (decoded: unknown) => Promise<unknown>
  }
}
export type Definition = { readonly versions: readonly string[]; protocol(of: { version: number }): unknown }

/** A kafkajs connection to one Kafka node (its `Broker` class), as far as it is used here. */
export type Node = {
  readonly nodeId: number | null
  readonly connectionPool: {
    readonly host: string
    readonly port: number
    getConnection(index: number): Promise<object>
    getConnectionByRequest: (exchange: Exchange) => Promise<object>
    send(exchange: Exchange & { requestTimeout?: number; logResponseError?: boolean }): Promise<unknown>
  }
  isConnected(): boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
  lookupRequest(apiKey: number, definition: Definition): (args: object) => Exchange
}

type SyncGroupArgs = {
  readonly groupId: string
  readonly memberId: string
  readonly generationId: number
}
type NodeClass = {
  new (options: object): Node
  readonly prototype: { syncGroup: (this: Node, args: SyncGroupArgs) => Promise<unknown> }
}
type GroupCodec<T> = { encode(value: T): Buffer; decode(bytes: Buffer): T | null }
type Assignment = { version: number; assignment: Record<string, number[]>; userData: Buffer }
type Metadata = { version: number; topics: string[]; userData: Buffer }

const load = createRequire(import.meta.url)

// Before anything of kafkajs is loaded: its reader of batches keeps what it finds here.
const recordDecoder = load.resolve('kafkajs/src/protocol/recordBatch/record/v0/decoder')
load(recordDecoder)
Object.assign(load.cache[recordDecoder] ?? {}, { exports: readRecord })

// Required, not imported: a named import of the error classes or codecs passes the compiler and is undefined at run time.
export const kafkajs = load('kafkajs') as typeof KafkaJs
export const NodeConnection = load('kafkajs/src/broker') as NodeClass
export const ConnectionPool = load('kafkajs/src/network/connectionPool') as new (
  options: object,
) => Node['connectionPool']
export const apiKeys = load('kafkajs/src/protocol/requests/apiKeys') as Readonly<Record<string, number>>
export const { requests } = load('kafkajs/src/protocol/requests') as {
  requests: Readonly<Record<string, Definition>>
}
export const { MemberMetadata, MemberAssignment } = load('kafkajs/src/consumer/assignerProtocol') as {
  MemberMetadata: GroupCodec<Metadata>
  MemberAssignment: GroupCodec<Assignment>
}

mendTimers(load('kafkajs/src/network/requestQueue') as RequestQueueClass)

const generations = new Map<string, number>()
const mostGenerations = 10_000
const { syncGroup } = NodeConnection.prototype
// kafkajs tells nobody the generation it joined, and without it no commit of ours can be fenced.
NodeConnection.prototype.syncGroup = async function (args) {
  const answer = await syncGroup.call(this, args)
  generations.delete(args.memberId)
  generations.set(args.memberId, args.generationId)
  if (generations.size > mostGenerations) generations.delete(generations.keys().next().value ?? '')
  return answer
}

/** The generation of its group that this process's member last joined. */
export const generationOf = (memberId: string): number | undefined => generations.get(memberId)
/** To be called when a member is gone. */
export const forgetMember = (memberId: string): boolean => generations.delete(memberId)
