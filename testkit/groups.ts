// Consumer groups on the log in memory: partitions are dealt anew whenever a member comes or goes.
import type { Partition, Place } from '../consumers/kit/record.ts'
import type { Reading } from '../consumers/kit/transport.ts'
import type { MemoryLog } from '../gateway/broker/memory-log.ts'
import { toArrival } from './records.ts'

const mostInBatch = 500
const commitMs = 10

type Member = { readonly reading: Reading; partitions: readonly Partition[]; dealt: number }

export class Groups {
  readonly #log: MemoryLog
  readonly #members = new Map<string, Set<Member>>()

  constructor(log: MemoryLog) {
    this.#log = log
  }

  /** Resolves when the member has left: its signal aborted, what it had in hand done and committed. */
  async join(reading: Reading): Promise<void> {
    const { group, topics, signal } = reading
    for (const topic of topics) this.#log.create(topic, 1)
    const members = this.#members.get(group) ?? new Set()
    this.#members.set(group, members)
    const member: Member = { reading, partitions: [], dealt: 0 }
    members.add(member)
    this.#deal(members)
    const committing = setInterval(() => this.#commit(member), commitMs)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await reading.idle()
    clearInterval(committing)
    this.#commit(member)
    members.delete(member)
    this.#assign(member, undefined)
    this.#deal(members)
  }

  #deal(members: ReadonlySet<Member>): void {
    const all = [...members]
    const topics = new Set(all.flatMap(({ reading }) => reading.topics))
    const places = [...topics].flatMap((topic) =>
      Array.from({ length: this.#log.partitions(topic) ?? 1 }, (_, partition) => ({ topic, partition })),
    )
    for (const member of all) this.#commit(member)
    for (const [index, member] of all.entries())
      this.#assign(
        member,
        places.filter((_, place) => place % all.length === index),
      )
  }

  #assign(member: Member, partitions: readonly Partition[] | undefined): void {
    member.partitions = partitions ?? []
    member.dealt += 1
    member.reading.onAssigned(partitions, partitions !== undefined)
    const { dealt } = member
    for (const place of member.partitions) void this.#read(member, place, () => member.dealt === dealt)
  }

  async #read(member: Member, { topic, partition }: Partition, isMine: () => boolean): Promise<void> {
    const { group, signal, onBatch } = member.reading
    const { start = 0 } = this.#log.ends(topic, partition) ?? {}
    let from = Math.max(start, this.#log.committed(group, topic, partition) ?? 0)
    while (isMine() && !signal.aborted) {
      const { records, next } = this.#log.read(topic, partition, from, mostInBatch)
      if (records.length === 0) {
        from = next
        await this.#log.changed(signal)
        continue
      }
      const messages = records.map((record) => toArrival(record).message)
      if (await onBatch({ topic, partition, messages, next }, () => Promise.resolve())) from = next
      else await new Promise(setImmediate)
    }
  }

  #commit({ reading, partitions }: Member): void {
    const mine = new Set(partitions.map(({ topic, partition }) => `${partition}/${topic}`))
    const offsets: Place[] = reading
      .committable()
      .filter(({ topic, partition }) => mine.has(`${partition}/${topic}`))
    for (const { topic, partition, offset } of offsets)
      this.#log.commit(reading.group, topic, partition, offset)
    reading.onCommitted(offsets)
  }
}
