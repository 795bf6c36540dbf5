// Lives of nodes, and what the watchdog has to do in them: the second and the decision.
import { type Second, times } from './watchdog-life.ts'

const well = times(20)

export const cases: readonly {
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
