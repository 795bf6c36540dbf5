// What is said of a payload that is not its message: which field breaks which rule, in so many words at most. Pure.
import type { Violation } from '../errors.ts'

/** What is wrong; at least one thing. */
export type Invalid = { readonly violations: readonly Violation[] }

export const isInvalid = (read: object): read is Invalid => 'violations' in read

export const invalid = (field: string, rule: string, message: string): Invalid => ({
  violations: [{ field, rule, message }],
})

/** Characters of what is said about one field. */
const longest = 200

export const shorten = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)
