// Commits what is settled of a slot's log: about once a second, one at a time, only as the member that has the partition.
import { setTimeout as wait } from 'node:timers/promises'
import type { SlotReaderOptions } from '../delivery/ports.ts'
import type { BrokerLog } from './client.ts'
import { toFailure } from './failure.ts'
import type { Group, Membership } from './group.ts'

const everyMs = 1_000

export type CommitterOptions = Pick<SlotReaderOptions, 'topic' | 'settledOffset' | 'mayServe'> & {
  readonly partition: number
  readonly group: Group
  readonly log: BrokerLog
  /** Aborted when the slot is lost or given up: nothing is committed after that. */
  readonly ended: AbortSignal
}

export class Committer {
  readonly #options: CommitterOptions
  /** As whom to commit; set anew at every join. Kafka refuses commits of any other generation. */
  membership: Membership | undefined
  /** The offset that Kafka has. */
  committed: number | undefined
  #underway: Promise<void> | undefined

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  async keep(): Promise<void> {
    const { ended } = this.#options
    while (!ended.aborted) {
      await wait(everyMs, undefined, { signal: ended }).catch(() => undefined)
      await this.commit()
    }
  }

  /** Commits if there is something new. Never rejects; what failed is in the next commit. */
  async commit(): Promise<void> {
    await this.#underway
    this.#underway = this.#once().finally(() => {
      this.#underway = undefined
    })
    await this.#underway
  }

  async #once(): Promise<void> {
    const { topic, partition, group, settledOffset, mayServe, ended, log } = this.#options
    const offset = settledOffset()
    if (offset === undefined || offset === this.committed) return
    if (ended.aborted || !(await mayServe())) return
    if (ended.aborted || this.membership === undefined) return
    try {
      if (await group.commit(this.membership, topic, partition, offset)) this.committed = offset
    } catch (failed) {
      log.debug({ failure: toFailure(failed).message }, 'the commit of a slot failed; the next one will do')
    }
  }
}
