// A node takes a slot, another when that is lost, and gives back what it has or was about to get.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { toCanary } from '../../../gateway/delivery/control.ts'
import type { Logs, SlotReaderOptions } from '../../../gateway/delivery/ports.ts'
import { SlotHolder } from '../../../gateway/delivery/slot-holder.ts'
import type { Lease, Leases } from '../../../gateway/registry/ports.ts'
import { waitFor } from '../../support/wait.ts'
import { incoming, quietEvents, readAgain } from '../fakes.ts'

const secret = 'a secret of this test'

function world(
  t: TestContext,
  options: { free?: number[]; read?: () => Promise<void>; maxPending?: number } = {},
) {
  const free = options.free ?? [0, 1]
  const log: string[] = []
  const readers: SlotReaderOptions[] = []
  const leases: Leases = {
    take(holder, { avoid = [] }) {
      const slot = free.find((each) => !avoid.includes(each))
      log.push(`take ${slot ?? 'none'}`)
      return Promise.resolve(slot === undefined ? undefined : { slot, holder, epoch: readers.length + 1 })
    },
    renew: () => Promise.resolve('held'),
    release: ({ slot }: Lease) => {
      log.push(`release ${slot}`)
      return Promise.resolve()
    },
  }
  const logs: Pick<Logs, 'readSlot'> = {
    async readSlot(reader) {
      readers.push(reader)
      await options.read?.()
      return {
        nextOffset: 0,
        lag: 0,
        stillOwner: () => Promise.resolve('owner'),
        stop: () => {
          log.push(`stop ${reader.topic}`)
          return Promise.resolve()
        },
      }
    },
  }
  const delivered: number[] = []
  const holder = new SlotHolder({
    node: 'gw-1',
    leases,
    logs: logs as Logs,
    deliver: (_slot, watermark, record) => {
      delivered.push(record.offset)
      watermark.begin(record.offset)
    },
    events: quietEvents(),
    secrets: [secret],
    slotTopic: 'slot.',
    leaseTtl: 60_000,
    maxPending: options.maxPending ?? 100,
    onTaken: ({ slot }) => log.push(`taken ${slot}`),
    onLost: ({ slot }, reason) => log.push(`lost ${slot} ${reason}`),
    onForgotten: () => undefined,
  })
  t.after(() => holder.stop(100))
  return { holder, log, readers, delivered }
}

test('it takes a slot, reads its log, and gives both back', async (t) => {
  const { holder, log, readers } = world(t)
  await holder.start()
  assert.deepEqual([holder.current?.slot, holder.fresh(), await holder.check()], [0, true, true])
  assert.deepEqual([readers[0]?.topic, readers[0]?.group], ['slot.0', 'slot.0'])
  await holder.stop(100)
  assert.deepEqual(log, ['take 0', 'taken 0', 'stop slot.0', 'release 0'])
  assert.deepEqual([holder.current, holder.fresh(), await holder.check()], [undefined, false, false])
})

test('when a slot is lost its connections end first, and another one is taken', async (t) => {
  const { holder, log, readers } = world(t)
  await holder.start()
  readers[0]?.onLost('rebalanced')
  assert.equal(holder.current, undefined)
  await waitFor(() => holder.current?.slot === 1)
  assert.deepEqual(log, ['take 0', 'taken 0', 'lost 0 rebalanced', 'take 1', 'stop slot.0', 'taken 1'])
})

test('where no other is free it takes the same one again', async (t) => {
  const { holder, readers } = world(t, { free: [0] })
  await holder.start()
  readers[0]?.onLost('crashed')
  await waitFor(() => holder.current?.epoch === 2)
})

test('while every slot is held it says so and goes on asking', async (t) => {
  const free: number[] = []
  const { holder } = world(t, { free })
  const started = holder.start()
  await waitFor(() => /every slot is held/.test(holder.trouble))
  free.push(5)
  await started
  assert.equal(holder.current?.slot, 5)
})

test('a slot whose log cannot be read is given back', async (t) => {
  let reads = 0
  const { holder, log } = world(t, {
    read: () => (++reads === 1 ? Promise.reject(new Error('no log')) : Promise.resolve()),
  })
  await holder.start()
  assert.deepEqual(log.slice(0, 2), ['take 0', 'release 0'])
  assert.equal(holder.current?.slot, 0)
})

test('a stop while the log is being joined gives the slot back, and leaves the group once joined', async (t) => {
  const joined = Promise.withResolvers<void>()
  const { holder, log } = world(t, { read: () => joined.promise })
  const started = holder.start()
  await waitFor(() => log.includes('take 0'))
  const stopped = holder.stop(100)
  await waitFor(() => log.includes('release 0'))
  joined.resolve()
  await Promise.all([stopped, started])
  assert.deepEqual(log, ['take 0', 'release 0', 'stop slot.0'])
  assert.equal(holder.current, undefined)
})

test('a start can be given up', async (t) => {
  const { holder } = world(t, { free: [] })
  const give = new AbortController()
  const started = holder.start(give.signal)
  give.abort()
  await assert.rejects(started, /stopped before/)
})

test('records are delivered in order, and its own canary is heard and not delivered', async (t) => {
  const { holder, readers, delivered } = world(t)
  await holder.start()
  const canary = (node: string, epoch: number, offset: number) =>
    readAgain(toCanary({ node, epoch }, 'slot.0', secret), { offset })
  const { epoch = 0 } = holder.current ?? {}
  void readers[0]?.onBatch([canary('gw-2', epoch, 0), incoming({}, 'a', { offset: 1 }), canary('gw-1', 7, 2)])
  assert.equal(holder.canaryAt, undefined)
  void readers[0]?.onBatch([canary('gw-1', epoch, 3), incoming({}, 'b', { offset: 4 })])
  assert.ok(holder.canaryAt !== undefined)
  assert.deepEqual(delivered, [1, 4])
  assert.equal(readers[0]?.settledOffset(), 1)
  assert.equal(holder.current?.position().next, 5)
})

test('a lost slot delivers nothing more, and its canary no longer counts', async (t) => {
  const { holder, readers, delivered } = world(t)
  await holder.start()
  void readers[0]?.onBatch([readAgain(toCanary({ node: 'gw-1', epoch: 1 }, 'slot.0', secret))])
  readers[0]?.onLost('fenced')
  void readers[0]?.onBatch([incoming()])
  assert.deepEqual([delivered, holder.canaryAt], [[], undefined])
})

test('reading waits while too much is unsettled', async (t) => {
  const { holder, readers } = world(t, { maxPending: 2 })
  await holder.start()
  assert.equal(readers[0]?.onBatch([incoming({}, 'a', { offset: 0 })]), undefined)
  const waits = readers[0]?.onBatch([incoming({}, 'b', { offset: 1 })])
  assert.ok(waits instanceof Promise)
  holder.current?.watermark.abandon()
  await waits
})
