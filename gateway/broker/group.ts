// What is asked of a group's coordinator beside kafkajs's own consumer: who is in it, is this member, commit as this member.
import { BrokerFailure, kindOfCode } from './failure.ts'
import type { Wire } from './wire.ts'

export type Member = { readonly memberId: string; readonly clientId: string }

/** A place in a group: only commits of the current generation count. */
export type Membership = { readonly memberId: string; readonly generation: number }

type Found = { errorCode: number; coordinator: { nodeId: number; host: string; port: number } }
type Described = { groups: { errorCode: number; members: Member[] }[] }
type Beaten = { errorCode: number }
type Committed = { responses: { partitions: { errorCode: number }[] }[] }
type Fetched = { errorCode?: number; responses: { partitions: { offset: string; errorCode: number }[] }[] }

export class Group {
  readonly #wire: Wire
  readonly #groupId: string
  #node: number | undefined

  constructor(wire: Wire, groupId: string) {
    this.#wire = wire
    this.#groupId = groupId
  }

  async members(): Promise<readonly Member[]> {
    const { groups } = await this.#ask<Described>('DescribeGroups', { groupIds: [this.#groupId] })
    this.#refuse(groups[0]?.errorCode ?? 0)
    return groups[0]?.members ?? []
  }

  /** Removes a member as if it had left, so that those who are alive need not wait for its session to end. */
  async evict(memberId: string): Promise<void> {
    const args = { groupId: this.#groupId, memberId, members: [{ memberId }] }
    this.#refuse((await this.#ask<{ errorCode: number }>('LeaveGroup', args)).errorCode)
  }

  /** Whether the group still has this member in this generation. */
  async has({ memberId, generation }: Membership): Promise<'owner' | 'not-owner' | 'unknown'> {
    const { errorCode } = await this.#ask<Beaten>('Heartbeat', {
      groupId: this.#groupId,
      groupGenerationId: generation,
      memberId,
    })
    this.#mind(errorCode)
    if (errorCode === 0) return 'owner'
    // Between two generations the next one decides; a member that is not known any more has lost.
    return kindOfCode(errorCode) === 'not-member' ? 'not-owner' : 'unknown'
  }

  /** Commits for one partition, as this member of this generation. False: the group would not have it. */
  async commit(membership: Membership, topic: string, partition: number, offset: number): Promise<boolean> {
    const { responses } = await this.#ask<Committed>('OffsetCommit', {
      groupId: this.#groupId,
      groupGenerationId: membership.generation,
      memberId: membership.memberId,
      retentionTime: -1,
      topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }],
    })
    const codes = responses.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
    for (const code of codes) this.#mind(code)
    return codes.every((code) => code === 0)
  }

  /** The committed offset of a partition; undefined where there is none. Rejects where that is not known now. */
  async committed(topic: string, partition: number): Promise<number | undefined> {
    const topics = [{ topic, partitions: [{ partition }] }]
    const fetched = await this.#ask<Fetched>('OffsetFetch', { groupId: this.#groupId, topics })
    const found = fetched.responses[0]?.partitions[0]
    this.#refuse(fetched.errorCode || found?.errorCode || 0)
    const offset = Number(found?.offset ?? -1)
    return offset < 0 ? undefined : offset
  }

  async #ask<T>(api: string, args: object): Promise<T> {
    try {
      return await this.#wire.ask<T>(await this.#coordinator(), api, args)
    } catch (failed) {
      this.#node = undefined
      throw failed
    }
  }

  #refuse(code: number): void {
    this.#mind(code)
    if (code !== 0) throw new BrokerFailure(kindOfCode(code), `the group answered with error code ${code}`)
  }

  /** A node that coordinates the group no more also answers, and would be asked for ever. */
  #mind(code: number): void {
    if (kindOfCode(code) === 'moved') this.#node = undefined
  }

  async #coordinator(): Promise<number> {
    if (this.#node !== undefined) return this.#node
    const args = { groupId: this.#groupId }
    const { errorCode, coordinator } = await this.#wire.ask<Found>('any', 'GroupCoordinator', args)
    if (errorCode !== 0) throw new BrokerFailure(kindOfCode(errorCode), 'the group has no coordinator now')
    this.#wire.learn([coordinator])
    this.#node = coordinator.nodeId
    return coordinator.nodeId
  }
}
