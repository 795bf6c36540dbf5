// Channels with nothing of ours at either end: a Python client that listens, comes back and speaks, and kcat as every backend.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Frame } from '../support/client.ts'
import { kcatTo, type PythonClient, pythonClient } from '../support/foreign.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { hasProgram, missing } from '../support/tools.ts'
import { waitFor } from '../support/wait.ts'

const room = 'room:1'
const on = (channel: string) => (frame: Frame) => frame['channel'] === channel
const inRoom = { ce_to: `channel:${room}` }

const heard = (client: PythonClient): Frame[] => client.frames.filter(({ kind }) => kind === 'message')
const payloads = (client: PythonClient) => heard(client).map(({ payload }) => payload)

test('a Python client and kcat do with channels all that there is, without any code of ours', async (t) => {
  if (!(await hasProgram('kcat'))) return t.skip(String(missing('kcat')))
  const cluster = await testCluster(t)
  const prices = `${cluster.name}.prices`
  await cluster.kafka.createTopics([{ topic: prices }])
  const node = await startNode(t, cluster, {
    channels: {
      'room:{room}': { subscribe: true, publish: true, members: true },
      'staff:{room}': { subscribe: false },
      'ticker:{symbol}': { subscribe: true },
    },
    feeds: { prices: { topic: prices, to: 'channel:ticker:{key}' } },
  })
  const channelTopic = `${cluster.name}.channels`
  const kcat = kcatTo(cluster.stack.brokers)
  const script = join(import.meta.dirname, 'python/channels.py')
  const python = () => pythonClient(t, script, `ws://127.0.0.1:${node.port}`)
  const pia = await python()
  const token = await tokenFor('pia')
  const enter = async (client: PythonClient, hello: object): Promise<Frame> => {
    client.open()
    client.send({ hello })
    return client.next('welcome')
  }
  const subscribed = async (channel: string, more: object = {}): Promise<Frame> => {
    pia.send({ subscribe: { id: 's', channel, ...more } })
    return pia.next('subscribed', on(channel))
  }
  let welcome = await enter(pia, { token })
  /** Up to where it has everything of the room. */
  let position = String((await subscribed(room, { members: true }))['position'])

  await t.test(
    'what kcat publishes with ce_to comes with its channel, type, headers and position',
    async () => {
      await kcat.produce(channelTopic, ['{"n":9007199254740993}'], {
        ...inRoom,
        ce_type: 'note',
        'x-app': 'k',
      })
      const message = await pia.next('message', on(room))
      assert.deepEqual(
        [message['type'], message['contentType'], message['headers']],
        ['note', 'application/json', { 'x-app': 'k' }],
      )
      await subscribed('room:2')
      await kcat.produce(channelTopic, ['"both"'], { ce_to: `channel:room:2,channel:${room}` })
      for (const channel of ['room:2', room]) {
        const both = await pia.next('message', on(channel))
        assert.equal(both['payload'], 'both')
        if (channel === room) position = String(both['position'])
      }
    },
  )

  await t.test('it publishes itself, and kcat reads the record at the place of the ack', async () => {
    pia.send({ publish: { id: 'p', channel: room, payload: 'from Python' } })
    const { topic, offset } = await pia.next('ack')
    assert.equal(topic, channelTopic)
    const { payload, headers } = await kcat.at(channelTopic, String(offset))
    assert.deepEqual(
      [payload, headers['ce_to'], headers['ce_subject']],
      ['"from Python"', inRoom.ce_to, 'pia'],
    )
    const own = await pia.next('message', on(room))
    assert.deepEqual([own['payload'], own['sender']], ['from Python', 'pia'])
    position = String(own['position'])
  })

  await t.test('it sees who is there, who comes and who goes', async () => {
    const who = async (kind: string) => ((await pia.next(kind, on(room)))['member'] as { user: string }).user
    assert.equal(await who('joined'), 'pia')
    const bob = await python()
    await enter(bob, { token: await tokenFor('bob') })
    bob.send({ subscribe: { id: 'b', channel: room } })
    await bob.next('subscribed')
    assert.equal(await who('joined'), 'bob')
    pia.send({ members: { id: 'm', channel: room } })
    const { members, count } = await pia.next('members')
    const users = (members as { user: string }[]).map(({ user }) => user)
    assert.deepEqual([users.toSorted(), count], [['bob', 'pia'], 2])
    await bob.close()
    assert.equal(await who('left'), 'bob')
  })

  await t.test('it comes back with since and gets all it missed, once and in order', async () => {
    await pia.close()
    await kcat.produce(channelTopic, ['1', '2', '3'], inRoom)
    welcome = await enter(pia, { token })
    assert.equal((await subscribed(room, { since: position }))['recovered'], true)
    await kcat.produce(channelTopic, ['4'], inRoom)
    await waitFor(() => payloads(pia).length >= 4)
    assert.deepEqual(payloads(pia), [1, 2, 3, 4])
    position = String(heard(pia).at(-1)?.['position'])
    pia.frames.length = 0
  })

  await t.test(
    'it comes back to all channels in its hello, and a position of another log is a gap',
    async () => {
      await pia.close()
      await kcat.produce(channelTopic, ['5'], inRoom)
      const channels = { [room]: position, 'room:2': '0.zz.zzz' }
      await enter(pia, {
        token,
        resume: { token: welcome['resumeToken'], attempt: 1, position: welcome['position'], channels },
      })
      const [back, gap] = [await pia.next('subscribed', on(room)), await pia.next('subscribed', on('room:2'))]
      assert.deepEqual([back['id'], back['recovered'], gap['recovered']], [undefined, true, false])
      assert.equal((await pia.next('message', on(room)))['payload'], 5)
    },
  )

  await t.test('it asks for the last messages, is told no, and leaves', async () => {
    pia.send({ unsubscribe: { id: 'u', channel: room } })
    await pia.next('unsubscribed')
    await subscribed(room, { last: 2 })
    await waitFor(() => payloads(pia).length >= 2)
    assert.deepEqual(payloads(pia), [4, 5])
    pia.frames.length = 0
    pia.send({ subscribe: { id: 'n', channel: 'staff:1' } })
    assert.deepEqual((await pia.next('refusal'))['code'], 'forbidden')
  })

  await t.test('kcat puts it on a channel and takes it off again', async () => {
    const command = (ce_command: string) =>
      kcat.produce(cluster.topics.dispatch, ['-'], { ce_to: 'user:pia', ce_command, ce_channel: 'staff:1' })
    await command('subscribe')
    assert.equal((await pia.next('subscribed', on('staff:1')))['id'], undefined)
    await kcat.produce(channelTopic, ['"staff only"'], { ce_to: 'channel:staff:1' })
    assert.equal((await pia.next('message', on('staff:1')))['payload'], 'staff only')
    await command('unsubscribe')
    await pia.next('unsubscribed', on('staff:1'))
  })

  await t.test('a topic of others is live by configuration: kcat writes a key and a value', async () => {
    await subscribed('ticker:ACME')
    await kcat.produce(prices, ['{"price":12.50}'], {}, 'ACME')
    assert.deepEqual((await pia.next('message', on('ticker:ACME')))['payload'], { price: 12.5 })
  })
})
