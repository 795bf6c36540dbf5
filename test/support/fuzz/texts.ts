// Texts and bytes that have broken other programs: what fuzzed frames, handshakes and records are made of.
import fc from 'fast-check'

/** Nothing in here may matter to whoever reads it as text. */
const nasty = [
  '',
  ' ',
  '\u0000',
  '\r\nX-Injected: 1',
  '\n{"level":60,"msg":"forged"}',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  'openclaw.slot.0',
  '{main}:sessions',
  '*',
  'session:',
  'user:,user:',
  'channel:room:a,everyone',
  '\ud800',
  '\u202eevil',
  'ﬀ',
  'é'.normalize('NFD'),
  '9'.repeat(400),
  '1e999',
  '-0',
  '0x10',
  'NaN',
  'true',
  'null',
  '[]',
  '{}',
  '"',
  '\\',
  '%00',
  '${env:HOME}',
  '\u001b[2J',
  'a'.repeat(70),
  'x'.repeat(5_000),
]

export const nastyText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...nasty), weight: 3 },
  { arbitrary: fc.string({ maxLength: 40 }), weight: 2 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 20 }), weight: 1 },
)

export const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((some) => Buffer.from(some))

/** Any JSON, with nasty keys and texts, at times deep. */
export const nastyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(nastyText, fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(nastyText, tie('any'), { maxKeys: 4 }),
  ),
})).any

/** Some of what `arbitrary` makes, the same for the same seed. */
export const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number): T[] =>
  fc.sample(arbitrary, { numRuns: count, seed })
