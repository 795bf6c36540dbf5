// The rules of moving as one object, so that a test may break one of them on purpose.
import { foresee, isFenced, isTooLate } from '../../gateway/moving/adoption.ts'
import { onFollowed, onFollowedControl } from '../../gateway/moving/follow.ts'
import { forget, forgetOldest } from '../../gateway/moving/known.ts'
import { onLeft } from '../../gateway/moving/leave.ts'
import { onControl, onDelivery, onGone, onSkipped } from '../../gateway/moving/on-record.ts'
import {
  endNow,
  onAttach,
  onConfirm,
  onDetach,
  onFound,
  onOpened,
  onOpening,
  onSwept,
  onWindowOver,
  onWritten,
} from '../../gateway/moving/on-session.ts'
import {
  beginResume,
  coveredBy,
  hasLost,
  onScanned,
  positionIn,
  takeoverFor,
  toSweep,
} from '../../gateway/moving/resume.ts'
import { createSlotState, holdPlace, watermark } from '../../gateway/moving/slot-state.ts'

const records = {
  onControl,
  onDelivery,
  onGone,
  onLeft,
  onSkipped,
  holdPlace,
  foresee,
  forget,
  forgetOldest,
  isFenced,
  isTooLate,
  createSlotState,
  watermark,
}
const sessions = {
  endNow,
  onAttach,
  onConfirm,
  onDetach,
  onFound,
  onOpened,
  onOpening,
  onSwept,
  onWindowOver,
  onWritten,
}
const moves = {
  beginResume,
  coveredBy,
  hasLost,
  onScanned,
  positionIn,
  takeoverFor,
  toSweep,
  onFollowed,
  onFollowedControl,
}

export const rules = {
  ...records,
  ...sessions,
  ...moves,
  /** Whether nodes read on in the log that a session came from. */
  follows: true,
  /** Whether nodes say in that log what the client has confirmed of it. */
  settles: true,
}

export type Rules = typeof rules
