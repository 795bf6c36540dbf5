// Bytes to throw at decoders: anything at all, and valid frames with something broken.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'

type Golden = { readonly json: string; readonly hex: string }

/** The published frames of one side. */
export const readGolden = (side: 'client' | 'server'): readonly Golden[] =>
  Object.values(
    JSON.parse(readFileSync(new URL(`golden/${side}.json`, import.meta.url), 'utf8')) as Record<
      string,
      Golden
    >,
  )

export const anyBytes: fc.Arbitrary<Buffer> = fc
  .uint8Array({ maxLength: 80 })
  .map((bytes) => Buffer.from(bytes))

/** One of these frames with a few bytes cut out, doubled or replaced. */
export const mutated = (frames: readonly Buffer[]): fc.Arbitrary<Buffer> =>
  fc
    .record({
      frame: fc.constantFrom(...frames),
      at: fc.nat(1000),
      cut: fc.nat(6),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
        fc
          .constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '"payload":', '\\u0000', 'null')
          .map((text) => Buffer.from(text)),
      ),
    })
    .map(({ frame, at, cut, put }) => {
      const from = at % (frame.length + 1)
      return Buffer.concat([frame.subarray(0, from), put, frame.subarray(from + cut)])
    })
