// Whether one pattern of channels leaves nothing to another that comes after it. Pure.
import type { Pattern } from '../channels/pattern.ts'

/** A character that stands in no pattern: whatever takes it is a capture. */
const any = '\u{F0000}'

const captures = /\{[^{}]*\}/g

/**
 * Names of `later` in which every capture holds what `earlier` could take for something of its own: if it takes all of
 * them, it takes every name. Where it does not the answer is no, so that a pattern with a use is never refused.
 */
export function hides(earlier: Pattern, later: Pattern): boolean {
  const characters = [...new Set(`${earlier.text}${later.text}`.match(/[^{}*]/gu))]
  const fillings = [
    any,
    any + any,
    ...characters.flatMap((each) => [each, `${any}${each}${any}`, `${each}${any}`, `${any}${each}`]),
  ]
  const places = later.names.length
  const names = fillings.flatMap((filling) => [
    filled(later, () => filling),
    ...Array.from({ length: places }, (_, at) => filled(later, (place) => (place === at ? filling : any))),
  ])
  return names.every((name) => later.match(name) === undefined || earlier.match(name) !== undefined)
}

function filled({ text }: Pattern, fill: (place: number) => string): string {
  let place = 0
  return text.replace(captures, () => fill(place++))
}
