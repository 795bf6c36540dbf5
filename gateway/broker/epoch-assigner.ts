// Gives a slot's partition to the member with the highest lease epoch, whoever else asks for it.
import type { PartitionAssigner } from 'kafkajs'
import { kafkajs, MemberAssignment, MemberMetadata } from './internals.ts'

const version = 1
const name = 'OpenClawEpoch'
const slotPartition = 0

/** The epoch a member joined with; one that says none is below all. */
function epochOf(metadata: Buffer): number {
  const { userData } = MemberMetadata.decode(metadata) ?? {}
  const epoch = Number(userData?.toString() || -1)
  return Number.isFinite(epoch) ? epoch : -1
}

/** The member with the highest epoch; of equals the one whose id sorts first, so that every leader finds the same. */
export function highestOf(
  members: readonly { memberId: string; memberMetadata: Buffer }[],
): string | undefined {
  const ranked = members.map(({ memberId, memberMetadata }) => ({ memberId, epoch: epochOf(memberMetadata) }))
  ranked.sort((a, b) => b.epoch - a.epoch || (a.memberId < b.memberId ? -1 : 1))
  return ranked[0]?.memberId
}

/** Once `isLost` a member does not join again: the consumer crashes instead, and its node fences itself. */
export const createEpochAssigner =
  (epoch: number, isLost: () => boolean): PartitionAssigner =>
  () => ({
    name,
    version,
    assign({ members, topics }) {
      const winner = highestOf(members)
      return Promise.resolve(
        members.map(({ memberId }) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version,
            assignment: Object.fromEntries(
              memberId === winner ? topics.map((topic) => [topic, [slotPartition]]) : [],
            ),
            userData: Buffer.alloc(0),
          }),
        })),
      )
    },
    protocol({ topics }) {
      if (isLost()) throw new kafkajs.KafkaJSNonRetriableError('the slot is lost')
      return {
        name,
        metadata: MemberMetadata.encode({ version, topics, userData: Buffer.from(String(epoch)) }),
      }
    },
  })
