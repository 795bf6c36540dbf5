// What a person or a log file sees of the stack on its way up and down.
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { Progress } from '../../../cli/stack/progress.ts'
import { createProgress } from '../../../cli/stack/progress.ts'

function shown(isTTY: boolean, events: readonly Progress[]): string {
  const out = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream
  const show = createProgress(out)
  for (const event of events) show(event)
  return String(out.read())
}

const download = (count: number): Progress[] => [
  ...Array.from({ length: count }, (_, index): Progress => {
    return { part: 'jars', state: 'downloading', done: index + 1, total: 46 }
  }),
  { part: 'jars', state: 'ended' },
]

test('without a terminal the download is a few whole lines', () => {
  const lines = shown(false, download(46)).split('\n')
  assert.deepEqual(lines.slice(1), [
    '  15 of 46 jars',
    '  30 of 46 jars',
    '  45 of 46 jars',
    '  46 of 46 jars',
    '',
  ])
})

test('on a terminal it is one line, closed when the download ends early', () => {
  const text = shown(true, download(23))
  assert.equal(text.split('\n').length, 2)
  assert.ok(text.endsWith('##########.......... 23 of 46\n'), text)
})

test('a start from the cache says nothing of a download', () => {
  const text = shown(true, [
    { part: 'kafka', state: 'starting' },
    { part: 'jars', state: 'ended' },
    { part: 'kafka', state: 'ready', ms: 1234, at: '127.0.0.1:1' },
    { part: 'kafka', state: 'stopped', ms: 99 },
  ])
  assert.equal(text, 'Kafka serves at 127.0.0.1:1 (1.2 s)\nKafka stopped (0.1 s)\n')
})
