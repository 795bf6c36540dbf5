// Who is given a slot, and who is thrown out of its group.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Assigner, Cluster } from 'kafkajs'
import { createEpochAssigner, highestOf } from '../../../gateway/broker/epoch-assigner.ts'
import { epochOfClient, evictOlder, slotClientId } from '../../../gateway/broker/evict.ts'
import type { Group, Member } from '../../../gateway/broker/group.ts'
import { MemberAssignment, MemberMetadata } from '../../../gateway/broker/internals.ts'

const assignerOf = (epoch: number, isLost = false): Assigner =>
  createEpochAssigner(
    epoch,
    () => isLost,
  )({
    cluster: {} as Cluster,
    groupId: 'g',
    logger: {} as never,
  })
const memberOf = (memberId: string, epoch: string) => ({
  memberId,
  memberMetadata: MemberMetadata.encode({ version: 1, topics: ['t'], userData: Buffer.from(epoch) }),
})

test('the highest epoch has everything, whatever the order; who says none has least', () => {
  const members = [memberOf('b', '9'), memberOf('a', '10'), memberOf('c', ''), memberOf('d', 'x')]
  assert.equal(highestOf(members), 'a')
  assert.equal(highestOf(members.toReversed()), 'a')
  assert.equal(highestOf([memberOf('z', '5'), memberOf('y', '5')]), 'y')
  assert.equal(highestOf([]), undefined)
})

test('an assignment goes to one member and says its epoch in what it asks', async () => {
  const assigner = assignerOf(12)
  const members = [memberOf('a', '11'), memberOf('b', '12')]
  const assigned = await assigner.assign({ members, topics: ['t'] })
  const byMember = Object.fromEntries(
    assigned.map(({ memberId, memberAssignment }) => [
      memberId,
      MemberAssignment.decode(memberAssignment)?.assignment,
    ]),
  )
  assert.deepEqual(byMember, { a: {}, b: { t: [0] } })
  const { metadata } = assigner.protocol({ topics: ['t'] })
  assert.equal(String(MemberMetadata.decode(metadata)?.userData), '12')
})

test('a member that has lost the slot does not ask for it again', () => {
  assert.throws(() => assignerOf(12, true).protocol({ topics: ['t'] }), { retriable: false })
})

test('older holders and strangers are evicted; ourselves and newer ones are not', async () => {
  assert.equal(epochOfClient(slotClientId('my-gateway-2', 1_772_366_400_250)), 1_772_366_400_250)
  assert.equal(epochOfClient('kcat'), -1)
  const members: Member[] = ['gw-4', 'gw-5', 'gw-6', 'kcat'].map((clientId) => ({
    clientId,
    memberId: `m-${clientId}`,
  }))
  const evicted: string[] = []
  const group = {
    members: () => Promise.resolve(members),
    evict: (memberId: string) => Promise.resolve(void evicted.push(memberId)),
  }
  await evictOlder(group as unknown as Group, 5)
  assert.deepEqual(evicted, ['m-gw-4', 'm-kcat'])
})
