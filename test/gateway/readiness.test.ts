// When a node is ready, why not, and what a new handshake is told meanwhile.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Health, toReadiness, toRejection } from '../../gateway/readiness.ts'

const well: Health = {
  started: true,
  draining: false,
  stuck: false,
  slot: 0,
  trouble: 'starting',
  canaryAgeMs: 1_000,
  graceMs: 30_000,
  kafkaHealthy: true,
  registryAvailable: true,
  unread: [],
}

for (const [what, health, reasons, rejection] of [
  ['well', {}, [], undefined],
  ['without Redis', { registryAvailable: false }, [], undefined],
  ['not started', { started: false, slot: undefined, canaryAgeMs: undefined }, ['starting'], 'not-ready'],
  ['started but not listening', { started: false }, ['starting'], 'not-ready'],
  ['without a slot', { slot: undefined }, ['no-slot'], 'not-ready'],
  ['before its first canary', { canaryAgeMs: undefined }, ['no-canary'], undefined],
  ['just within the grace', { canaryAgeMs: 30_000 }, [], undefined],
  ['past the grace', { canaryAgeMs: 30_001 }, ['canary-late'], undefined],
  ['when restarts have not helped', { stuck: true }, ['stuck'], undefined],
  ['without Kafka', { kafkaHealthy: false }, ['broker-unavailable'], 'broker-unavailable'],
  ['draining', { draining: true }, ['draining'], 'draining'],
  [
    'without revocations',
    { unread: [{ code: 'revocations-unread', message: 'there is no topic' }] },
    ['revocations-unread'],
    'not-ready',
  ],
  [
    'draining without Kafka and slot',
    { draining: true, kafkaHealthy: false, slot: undefined },
    ['draining', 'no-slot', 'broker-unavailable'],
    'draining',
  ],
] as const) {
  test(`a node that is ${what}: ${reasons.length === 0 ? 'ready' : reasons.join()}; handshakes: ${rejection ?? 'yes'}`, () => {
    const readiness = toReadiness({ ...well, ...health })
    assert.equal(readiness.ready, reasons.length === 0)
    assert.deepEqual(
      readiness.reasons.map(({ code }) => code),
      reasons,
    )
    const told = toRejection({ ...well, ...health })
    assert.equal(told?.code, rejection)
    assert.ok(told === undefined || (told.retryAfterS ?? 0) > 0)
  })
}

test('Redis away is told as a degradation, and what is the matter with the slot in words', () => {
  const degraded = toReadiness({ ...well, registryAvailable: false }).degraded
  assert.deepEqual(
    degraded.map(({ code }) => code),
    ['registry-unavailable'],
  )
  const [reason] = toReadiness({ ...well, slot: undefined, trouble: 'every slot is held' }).reasons
  assert.match(reason?.message ?? '', /every slot is held/)
})
