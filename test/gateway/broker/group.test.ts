// What is asked of a group's coordinator: where it is, is found out anew when it has moved, and no error is taken for an answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Group } from '../../../gateway/broker/group.ts'
import type { Wire } from '../../../gateway/broker/wire.ts'

const ok = 0
const loading = 14
const notCoordinator = 16
const illegalGeneration = 22
const unknownMember = 25

const member = { memberId: 'm', generation: 3 }

/** A cluster of two nodes; `codes` are what requests to the coordinator are answered with, in order. */
function start(...codes: number[]) {
  const asked: string[] = []
  let coordinator = 1
  const answer = (errorCode: number) => ({
    errorCode,
    groups: [{ errorCode, members: [] }],
    responses: [{ partitions: [{ errorCode, offset: errorCode === ok ? '7' : '-1' }] }],
  })
  const wire = {
    learn: () => undefined,
    ask: (to: number | 'any', api: string) => {
      if (api === 'GroupCoordinator')
        return Promise.resolve({ errorCode: 0, coordinator: { nodeId: coordinator, host: 'h', port: 1 } })
      asked.push(`${api} ${to}`)
      const code = codes.shift() ?? ok
      if (code === notCoordinator) coordinator = 2
      return Promise.resolve(answer(code))
    },
  }
  return { asked, group: new Group(wire as unknown as Wire, 'g') }
}

test('a commit that another node coordinates now goes there the next time', async () => {
  const { asked, group } = start(ok, notCoordinator)
  assert.equal(await group.commit(member, 't', 0, 1), true)
  assert.equal(await group.commit(member, 't', 0, 2), false)
  assert.equal(await group.commit(member, 't', 0, 2), true)
  assert.deepEqual(asked, ['OffsetCommit 1', 'OffsetCommit 1', 'OffsetCommit 2'])
})

test('a committed offset that is not known now is no offset, and not none', async () => {
  const { group } = start(loading, ok)
  await assert.rejects(group.committed('t', 0), { name: 'BrokerFailure', kind: 'moved' })
  assert.equal(await group.committed('t', 0), 7)
})

test('members and evictions fail where the coordinator has moved, and are right the next time', async () => {
  const { asked, group } = start(notCoordinator, ok, notCoordinator, ok)
  await assert.rejects(group.members(), { kind: 'moved' })
  assert.deepEqual(await group.members(), [])
  await assert.rejects(group.evict('m'), { kind: 'moved' })
  await group.evict('m')
  assert.deepEqual(asked.slice(0, 2), ['DescribeGroups 1', 'DescribeGroups 2'])
})

test('only a member that the group does not know is certainly no owner', async () => {
  const { asked, group } = start(ok, illegalGeneration, notCoordinator, ok, unknownMember)
  const answers: string[] = []
  for (let i = 0; i < 5; i++) answers.push(await group.has(member))
  assert.deepEqual(answers, ['owner', 'unknown', 'unknown', 'owner', 'not-owner'])
  assert.equal(asked[3], 'Heartbeat 2')
})
