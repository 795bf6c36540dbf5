// The watchdog restarts what makes no progress, ends the process only where that did not help, and never blames us for Kafka.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type Decision,
  look,
  needsProbe,
  unwatched,
  type WatchFacts,
} from '../../../gateway/slots/watchdog.ts'

const second = 1_000
const graceMs = 30 * second
const every = 5 * second

/** What a second of a node's life is like. All is well where nothing is said. */
type Second = {
  acks?: boolean
  returns?: boolean
  kafka?: boolean
  slot?: boolean
  /** Records read in this second, other than canaries. */
  reads?: number
  held?: boolean
  /** Seconds that the process sleeps before this one. */
  sleeps?: number
}

type World = { now: number; sent?: number; produced?: number; returned?: number; next: number; held?: number }

/** Lives the seconds one after the other, a canary each five, and answers the decisions that were not `fine`. */
function live(seconds: readonly Second[]): string[] {
  const world: World = { now: 1_000_000, next: 0 }
  let watch = unwatched
  return seconds.flatMap((given, n) => {
    const {
      acks = true,
      returns = true,
      kafka = true,
      slot = true,
      reads = 0,
      held = false,
      sleeps = 0,
    } = given
    world.now += second * (1 + sleeps)
    if (!slot) delete world.held
    else world.held ??= world.now
    if (slot && n % (every / second) === 0) world.sent = world.now
    if (kafka && slot && acks && world.sent !== undefined)
      world.produced = Math.max(world.produced ?? 0, world.sent + 10)
    const isBack = kafka && slot && returns && !held && (world.produced ?? 0) >= (world.sent ?? Infinity)
    if (isBack && world.sent !== undefined) world.returned = Math.max(world.returned ?? 0, world.sent + 15)
    world.next += reads
    const facts: WatchFacts = {
      now: world.now,
      kafkaAnswers: kafka || !needsProbe(watch),
      slotHeldSince: world.held,
      canarySentAt: world.sent,
      canaryProducedAt: world.produced,
      canaryReturnedAt: world.returned,
      readerNext: world.next,
      readerHeld: held,
    }
    const seen = look(watch, facts, graceMs)
    watch = seen.watch
    return seen.decision === 'fine' ? [] : [`${n} ${seen.decision}`]
  })
}

const times = (count: number, second: Second = {}): Second[] => Array.from({ length: count }, () => second)
const well = times(20)

const cases: readonly {
  readonly name: string
  readonly seconds: readonly Second[]
  readonly decisions: readonly string[]
}[] = [
  { name: 'a healthy node is let alone', seconds: times(600), decisions: [] },
  {
    name: 'a reader that stops is made anew after half the grace',
    seconds: [...well, ...times(17, { returns: false }), ...well],
    decisions: ['35 restart-reader'],
  },
  {
    name: 'a reader that stops for less is let alone',
    seconds: [...well, ...times(14, { returns: false }), ...well],
    decisions: [],
  },
  {
    name: 'a producer that stops is made anew, and not the reader, which has nothing to read',
    seconds: [...well, ...times(17, { acks: false }), ...well],
    decisions: ['35 restart-producer'],
  },
  {
    name: 'a reader that stays deaf is made anew twice, then the node is unready, then ends',
    seconds: [...well, ...times(77, { returns: false })],
    decisions: [
      '35 restart-reader',
      '51 restart-reader',
      ...Array.from({ length: 28 }, (_, n) => `${67 + n} unready`),
      '95 exit',
      '96 exit',
    ],
  },
  {
    name: 'a producer and then a reader that fail are two restarts',
    seconds: [...well, ...times(16, { acks: false }), ...times(20, { returns: false })],
    decisions: ['35 restart-producer', '51 restart-reader'],
  },
  {
    name: 'trouble that a restart has ended begins anew',
    seconds: [0, 1, 2].flatMap(() => [...well, ...times(17, { returns: false }), ...times(3)]),
    decisions: ['35 restart-reader', '75 restart-reader', '115 restart-reader'],
  },
  {
    name: 'a node that recovers after all is ready again and does not end',
    seconds: [...well, ...times(60, { returns: false }), ...times(100)],
    decisions: [
      '35 restart-reader',
      '51 restart-reader',
      ...Array.from({ length: 13 }, (_, n) => `${67 + n} unready`),
    ],
  },
  {
    name: 'nobody is to blame while Kafka is away',
    seconds: [...well, ...times(3_600, { kafka: false }), ...well],
    decisions: [],
  },
  {
    name: 'Kafka going away forgives what went before',
    seconds: [
      ...well,
      ...times(50, { returns: false }),
      ...times(5, { kafka: false }),
      ...times(17, { returns: false }),
    ],
    decisions: [
      '35 restart-reader',
      '51 restart-reader',
      '67 unready',
      '68 unready',
      '69 unready',
      '90 restart-reader',
    ],
  },
  {
    name: 'Kafka that comes and goes ends no node',
    seconds: Array.from({ length: 200 }, () => [
      ...times(10, { returns: false, acks: false }),
      ...times(3, { kafka: false }),
    ]).flat(),
    decisions: [],
  },
  {
    name: 'a canary behind a backlog is waited for while the backlog is read',
    seconds: [...well, ...times(300, { returns: false, reads: 2_000 }), ...well],
    decisions: [],
  },
  {
    name: 'a reader that we hold back ourselves is not restarted',
    seconds: [...well, ...times(300, { held: true }), ...well],
    decisions: [],
  },
  {
    name: 'without a slot there is nothing to hear',
    seconds: [...well, ...times(300, { slot: false }), ...well],
    decisions: [],
  },
  {
    name: 'canaries of an earlier holding are not waited for',
    seconds: [
      ...well,
      ...times(10, { returns: false }),
      { slot: false },
      ...times(10, { returns: false }),
      ...well,
    ],
    decisions: [],
  },
  {
    name: 'a restart that costs the slot counts when the next holding is deaf, too',
    seconds: [
      ...well,
      ...times(17, { returns: false }),
      ...times(100, { slot: false }),
      ...times(18, { returns: false }),
      ...times(20, { returns: false }),
    ],
    decisions: [
      '35 restart-reader',
      '155 restart-reader',
      '171 unready',
      '172 unready',
      '173 unready',
      '174 unready',
    ],
  },
  {
    name: 'time that the process slept through does not count',
    seconds: [
      ...well,
      ...times(10, { returns: false }),
      { returns: false, sleeps: 600 },
      ...times(4, { returns: false }),
      ...well,
    ],
    decisions: [],
  },
]

describe('the watchdog', () => {
  for (const { name, seconds, decisions } of cases)
    it(name, () => {
      assert.deepEqual(live(seconds), decisions)
    })

  it('asks Kafka only when something is waited for', () => {
    const facts: WatchFacts = {
      now: 0,
      kafkaAnswers: true,
      slotHeldSince: 0,
      canarySentAt: 0,
      canaryProducedAt: undefined,
      canaryReturnedAt: undefined,
    }
    const first = look(unwatched, facts, graceMs).watch
    assert.equal(needsProbe(first), false)
    const second = look(first, { ...facts, now: 1_000 }, graceMs).watch
    assert.equal(needsProbe(second), true)
    const away = look(second, { ...facts, now: 2_000, kafkaAnswers: false }, graceMs).watch
    assert.equal(needsProbe(away), true, 'until it answers again')
    const back = look(
      away,
      { ...facts, now: 3_000, canaryProducedAt: 2_500, canaryReturnedAt: 2_600 },
      graceMs,
    ).watch
    assert.equal(needsProbe(back), false)
  })

  it('takes a canary that is back before its acknowledgement as back', () => {
    const facts = { kafkaAnswers: true, slotHeldSince: 0, canarySentAt: 100, canaryReturnedAt: 110 }
    let watch = unwatched
    for (let now = 200; now < 200_000; now += second) {
      const seen = look(watch, { ...facts, now, canaryProducedAt: 112 }, graceMs)
      watch = seen.watch
      assert.equal(seen.decision, 'fine')
    }
  })

  it('whatever happens, ends only after two restarts and a minute of Kafka answering since', () => {
    const oneSecond = fc.record({
      acks: fc.boolean(),
      returns: fc.boolean(),
      kafka: fc.integer({ min: 0, max: 40 }).map((n) => n > 0),
      slot: fc.integer({ min: 0, max: 60 }).map((n) => n > 0),
      sleeps: fc.integer({ min: 0, max: 60 }).map((n) => (n === 1 ? 30 : 0)),
    })
    const stretch = fc
      .tuple(oneSecond, fc.integer({ min: 1, max: 120 }))
      .map(([one, count]) => times(count, one))
    let exits = 0
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
        const seconds = stretches.flat()
        const restarts: number[] = []
        for (const said of live(seconds)) {
          const [n, decision] = [Number(said.split(' ')[0]), said.split(' ')[1] as Decision]
          assert.equal(seconds[n]?.kafka, true, said)
          assert.equal(seconds[n]?.slot, true, said)
          if (decision === 'restart-reader' || decision === 'restart-producer') restarts.push(n)
          if (decision !== 'exit') continue
          exits += 1
          assert.ok(restarts.length >= 2)
          const since = restarts.at(-2) ?? n
          assert.ok(n - since >= 60, said)
          assert.ok(
            seconds.slice(since, n + 1).every(({ kafka }) => kafka),
            said,
          )
          return
        }
      }),
      { numRuns: 2_000 },
    )
    assert.ok(exits > 0, 'some of the histories ended')
  })
})
