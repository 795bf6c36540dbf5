// Events are log line and counter together; what others chose is cut, and makes no label.
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { pino } from 'pino'
import { closes } from '../../gateway/errors.ts'
import { createEvents } from '../../gateway/events.ts'
import { capped, toText } from '../../gateway/log.ts'
import { createMetrics } from '../../gateway/metrics.ts'

function listened() {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(JSON.parse(line.toString()) as Record<string, unknown>)
      done()
    },
  })
  const metrics = createMetrics()
  return { events: createEvents(pino({ level: 'debug' }, stream), metrics), lines, metrics }
}

test('close codes that are not in the table are counted as one', async () => {
  const { events, metrics } = listened()
  for (let code = 3_000; code < 5_000; code++) events.connectionClosed(code)
  const { values } = await metrics.closed.get()
  const known = Object.values(closes).filter(({ code }) => code >= 3_000).length
  assert.equal(values.length, known + 1)
  assert.equal(values.find(({ labels }) => labels.code === 'other')?.value, 2_000 - known)
})

test('text of others is cut before it is logged, and cannot break a line', () => {
  const { events, lines } = listened()
  const record = { topic: 't', partition: 0, offset: 5 }
  events.quarantined({ reason: 'invalid', message: `a\n"b${'x'.repeat(1_000)}` }, record)
  events.originRefused(`https://${'y'.repeat(1_000)}`, 'hint')
  assert.equal(lines.length, 2)
  assert.match(String(lines[0]?.['message']), /^a\n"bx{496}…$/)
  assert.equal(lines[0]?.['record'], 't/0/5')
  assert.equal(String(lines[1]?.['origin']).length, 501)
})

test('clocks of others may be ahead or say nothing', async () => {
  const { events, metrics } = listened()
  for (const latency of [-5_000, Number.NaN, 20]) events.delivered(latency)
  events.canaryReturned(-1)
  const { values } = await metrics.deliveryLatency.get()
  assert.equal(values.find(({ metricName }) => metricName?.endsWith('_sum'))?.value, 0.02)
})

test('whatever is thrown has a text', () => {
  assert.deepEqual([toText(new Error('e')), toText('s'), toText(undefined)], ['e', 's', 'undefined'])
  assert.equal(capped('short'), 'short')
})

test('a rule that fails is counted each time and logged once', async () => {
  const { events, lines, metrics } = listened()
  for (let n = 0; n < 3; n++) events.ruleFailed('channels.room:{room}.subscribe', `field not found: ${n}`)
  events.ruleFailed('routes.chat.allow', 'no')
  assert.deepEqual(
    lines.map(({ setting, failure }) => [setting, failure]),
    [
      ['channels.room:{room}.subscribe', 'field not found: 0'],
      ['routes.chat.allow', 'no'],
    ],
  )
  const { values } = await metrics.ruleFailures.get()
  assert.deepEqual(
    values.map(({ value }) => value),
    [3, 1],
  )
})

test('what strangers cause as often as they like is counted each time and logged once a second', async () => {
  const { events, lines, metrics } = listened()
  for (let n = 0; n < 100; n++) {
    events.greetingFailed(new Error('no keys yet'))
    events.introspectionFailed('as.test', new Error('answered 400'))
  }
  assert.deepEqual(
    lines.map(({ failure }) => failure),
    ['no keys yet', 'answered 400'],
  )
  assert.equal((await metrics.greetingsFailed.get()).values[0]?.value, 100)
})

test('who is held back by a limit is counted each time and shown seldom, and a proxy is thought of', async () => {
  const { events, lines, metrics } = listened()
  for (let n = 0; n < 1_000; n++) events.limited('address.newConnections', `192.0.2.${n}`)
  events.limited('connection.messages')
  const { values } = await metrics.limited.get()
  assert.deepEqual(
    values.map(({ labels, value }) => [labels.limit, value]),
    [
      ['address.newConnections', 1_000],
      ['connection.messages', 1],
    ],
  )
  assert.deepEqual([lines.length, lines[0]?.['whose']], [1, '192.0.2.0'])
  assert.match(String(lines[0]?.['msg']), /listen\.trustedProxies/)
})
