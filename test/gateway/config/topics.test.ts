// Which topics a configuration wants, and what is said of topics that are there but not as they should be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settings } from '../../../gateway/config/settings.ts'
import {
  type ExistingTopic,
  planTopics,
  topicProblemsOf,
  type WantedTopic,
  wantedTopics,
} from '../../../gateway/config/topics.ts'

const wanted = (more: Partial<WantedTopic> = {}): WantedTopic => ({
  name: 'slot.0',
  partitions: 1,
  replication: 3,
  configs: {
    'retention.ms': '600000',
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': '2',
  },
  purpose: 'slot 0',
  ...more,
})

const existing = (more: Partial<ExistingTopic> = {}): ExistingTopic => ({
  name: 'slot.0',
  partitions: 1,
  replication: 3,
  configs: wanted().configs,
  ...more,
})

const said = (want: WantedTopic, have: ExistingTopic): string[] =>
  planTopics([want], [have]).map((step) => (step.kind === 'differs' ? step.message : step.kind))

test('a missing topic is to be created, in the order asked for; others are left alone', () => {
  const steps = planTopics(
    [wanted({ name: 'b' }), wanted(), wanted({ name: 'a' })],
    [existing(), existing({ name: 'z' })],
  )
  assert.deepEqual(
    steps.map((step) => (step.kind === 'create' ? step.topic.name : step)),
    ['b', 'a'],
  )
})

test('a topic that is as it should be, or better, needs nothing', () => {
  assert.deepEqual(said(wanted(), existing()), [])
  for (const configs of [
    { 'retention.ms': '-1' },
    { 'retention.ms': '700000' },
    { 'min.insync.replicas': '3' },
    { 'segment.ms': '1' },
  ])
    assert.deepEqual(said(wanted(), existing({ configs: { ...wanted().configs, ...configs } })), [])
  assert.deepEqual(said(wanted(), existing({ replication: 5, configs: {} })), [])
  // More partitions than wanted are fine where the key gives the order.
  assert.deepEqual(said(wanted({ partitions: 6 }), existing({ partitions: 12 })), [])
  const compacted = wanted({ configs: { 'cleanup.policy': 'compact' } })
  assert.deepEqual(said(compacted, existing({ configs: { 'cleanup.policy': 'compact,delete' } })), [])
})

test('each difference that matters is one sentence with the name and both values', () => {
  const configs = {
    'retention.ms': '1000',
    'message.timestamp.type': 'CreateTime',
    'min.insync.replicas': '1',
  }
  const sentences = said(wanted(), existing({ partitions: 2, replication: 1, configs }))
  assert.equal(sentences.length, 5)
  for (const sentence of sentences) assert.match(sentence, /^slot\.0 /)
  assert.match(sentences[0] ?? '', /2 partitions.*exactly 1/)
  assert.match(sentences[1] ?? '', /1 brokers.*3/)
  assert.ok(sentences.some((sentence) => /retention\.ms=1000, 600000/.test(sentence)))
  const compacted = wanted({ configs: { 'cleanup.policy': 'compact' } })
  assert.equal(said(compacted, existing({ configs: { 'cleanup.policy': 'delete' } })).length, 1)
})

const retentionOf = (resumeWindow: string) => {
  const config = settings.parse({
    session: { secrets: ['0123456789abcdef'] },
    development: true,
    delivery: { slots: 1, resumeWindow },
  })
  const topics = wantedTopics(config)
  return { config, topics, slot: topics.find(({ name }) => name === 'openclaw.slot.0') }
}

test('a slot keeps records for three resume windows, and for ten minutes at least', () => {
  assert.equal(retentionOf('2m').slot?.configs['retention.ms'], '600000')
  assert.equal(retentionOf('5m').slot?.configs['retention.ms'], '900000')
})

test('a slot that forgets before sessions may have come back is told at the start', () => {
  const { topics: asTheyWere } = retentionOf('2m')
  assert.deepEqual(topicProblemsOf(retentionOf('2m').config, asTheyWere), [])
  const said = topicProblemsOf(retentionOf('5m').config, asTheyWere)
  assert.ok(said.includes('openclaw.slot.0 has retention.ms=600000, 900000 is needed'), said.join('; '))
})

test('a channel topic of its own has one partition and append time, and keeps what its history needs', () => {
  const config = settings.parse({
    session: { secrets: ['0123456789abcdef'] },
    channels: {
      'room:{room}': { topic: 'rooms', history: '1h' },
      'seat:{seat}': { topic: 'rooms', history: '1m' },
      'news:{topic}': { history: '0' },
    },
  })
  const channels = wantedTopics(config).filter(({ purpose }) => purpose.startsWith('channels'))
  assert.deepEqual(
    channels.map(({ name, partitions, configs }) => [
      name,
      partitions,
      configs['message.timestamp.type'],
      configs['retention.ms'],
    ]),
    [
      ['openclaw.channels', 1, 'LogAppendTime', '600000'],
      ['rooms', 1, 'LogAppendTime', '3600000'],
    ],
  )
  const [, rooms] = channels
  assert.ok(rooms)
  const there = { ...existing({ name: 'rooms' }), configs: { ...rooms.configs, 'retention.ms': '600000' } }
  assert.deepEqual(said(rooms, there), ['rooms has retention.ms=600000, 3600000 is needed'])
})
