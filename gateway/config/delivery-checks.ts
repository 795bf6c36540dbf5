// What deliveries ask of the slot topics: a record must be there for as long as anybody may still want it.
import type { Finding } from './problem.ts'
import type { Config } from './settings.ts'
import { slotRetention } from './topics.ts'
import { durationText } from './units.ts'

/** A record that waits for a client's word, and then for its return, must not leave the log meanwhile. */
export const deliveryContradictions = (config: Config): readonly Finding[] => {
  const { confirmTimeout, resumeWindow } = config.delivery
  const retention = slotRetention(config)
  if (confirmTimeout + resumeWindow < retention) return []
  const kept = `slot topics keep records for ${durationText(retention)}`
  const message = `${durationText(confirmTimeout)} must be less than ${durationText(retention - resumeWindow)}: ${kept}, and what a client has not confirmed must be there for its return`
  return [{ path: ['delivery', 'confirmTimeout'], message, involves: [['delivery', 'resumeWindow']] }]
}
