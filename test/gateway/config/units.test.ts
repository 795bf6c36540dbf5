// Durations and sizes: what people write, and back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { duration, durationText, pause, size, sizeText, toDuration } from '../../../gateway/config/units.ts'

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
