// Durations and sizes: what people write, and back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  byteRate,
  duration,
  durationText,
  pause,
  rate,
  size,
  sizeText,
  toDuration,
  toRate,
} from '../../../gateway/config/units.ts'

test('durations and sizes are read with their unit', () => {
  const durations = ['500ms', '25s', '2m', '1.5h', 250, '250'].map((given) => duration.parse(given))
  assert.deepEqual(durations, [500, 25_000, 120_000, 5_400_000, 250, 250])
  assert.deepEqual(
    ['512B', '64KiB', '1.5 MiB', 9].map((given) => size.parse(given)),
    [512, 65_536, 1_572_864, 9],
  )
})

test('what has no meaning or would overflow a timer is refused', () => {
  for (const given of ['', 'x', '5 parsecs', '-1s', '0', 0, '25d', true, null, {}]) {
    assert.equal(duration.safeParse(given).success, false, JSON.stringify(given))
  }
  assert.equal(size.safeParse('64kb').success, false)
  assert.equal(pause.parse('0'), 0)
  assert.equal(toDuration('soon'), undefined)
})

test('they are written in the largest unit that fits exactly', () => {
  assert.deepEqual([0, 1, 1_500, 120_000, 86_400_000].map(durationText), ['0ms', '1ms', '1500ms', '2m', '1d'])
  assert.deepEqual([0, 921_600, 1_048_576].map(sizeText), ['0B', '900KiB', '1MiB'])
})

test('rates are read with their window, and written in one way', () => {
  const given = ['20/s', '100 / m', '500/10s', '5000/60s', '1/24h', 'unlimited']
  assert.deepEqual(
    given.map((each) => rate.parse(each)),
    ['20/s', '100/m', '500/10s', '5000/m', '1/d', 'unlimited'],
  )
  assert.deepEqual(
    ['64KiB/s', '1024 KiB/m', '100B/10s'].map((each) => byteRate.parse(each)),
    ['64KiB/s', '1MiB/m', '100B/10s'],
  )
})

test('a rate that was written is the numbers it stands for', () => {
  assert.deepEqual(toRate('500/10s'), { count: 500, windowMs: 10_000 })
  assert.deepEqual(toRate('64KiB/m'), { count: 65_536, windowMs: 60_000 })
  assert.deepEqual([toRate('unlimited'), toRate(undefined)], [undefined, undefined])
  for (const written of ['20/s', '1/h', '1/d', '3/7s']) assert.ok(toRate(rate.parse(written)), written)
})

test('what is no rate is refused with what to write', () => {
  for (const given of [
    '',
    '20',
    '20/',
    '/s',
    '20/ms',
    '20/500ms',
    '0/s',
    '1.5.2/s',
    '20/s/s',
    '20/0s',
    '20/2d',
    'off',
    20,
  ]) {
    assert.equal(rate.safeParse(given).success, false, JSON.stringify(given))
  }
  assert.match(rate.safeParse('20').error?.issues[0]?.message ?? '', /such as 20\/s/)
  assert.match(byteRate.safeParse('64kb/s').error?.issues[0]?.message ?? '', /64KiB\/s/)
  assert.match(byteRate.safeParse('1024GiB/h').error?.issues[0]?.message ?? '', /counted exactly/)
})
