// Control records: what gateways write into slot logs for each other, so that the log itself says where a session is. Pure.

/** Where a session is, as of one of its generations; a higher generation is always right. */
export type Place = { readonly slot: number; readonly generation: number }

/** Offsets of one slot's log, `to` not among them. */
export type Range = { readonly slot: number; readonly from: number; readonly to: number }

/**
 * The session is on `slot` from this generation on. Written to every log that the session's way leads through, to the
 * log of `slot` itself too, before anything is delivered there.
 */
export type Takeover = Place & {
  readonly kind: 'takeover'
  readonly session: string
  /** Where the session's records begin in the log of `slot`; `atHash` is of the record before. */
  readonly at: number
  readonly atHash: number
  /** Where its writer begins to read the log that holds this record. */
  readonly from: number
  /** The client has all its records of this log from `had` to `from`. */
  readonly had: number
}

/** The client has all records of the session from `from` to `to` in the log that holds this record. */
export type Settled = {
  readonly kind: 'settled'
  readonly session: string
  readonly from: number
  readonly to: number
}

/** Nobody came for the session: what waits for it in this log is reported, and it cannot be resumed past this record. */
export type Ended = {
  readonly kind: 'ended'
  readonly session: string
  /** Highest generation its writer knew of. */
  readonly generation: number
  /** What its writer was going to read next: of takeovers before that it has taken account, or never will. */
  readonly readFrom: number
  /** Epoch under which its writer held the slot; void behind a canary of a higher one. */
  readonly epoch: number
}

/** The slot has a living holder. The first one of an epoch comes before anything its holder does. */
export type Canary = { readonly kind: 'canary'; readonly epoch: number }

export type ControlRecord = Takeover | Settled | Ended | Canary

export function isWithin(ranges: readonly Range[], slot: number | undefined, offset: number): boolean {
  for (const range of ranges)
    if (range.slot === slot && offset >= range.from && offset < range.to) return true
  return false
}

/** A takeover that its writer had not read yet, though it stands before it, makes the end void. */
export const isVoid = (
  ended: Ended,
  takeover: { readonly generation: number; readonly offset: number },
): boolean => takeover.generation > ended.generation && takeover.offset >= ended.readFrom
