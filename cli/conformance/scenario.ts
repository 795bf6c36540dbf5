// What a scenario is.
import type { Stage } from './stage.ts'

export type Scenario = {
  readonly name: string
  /** `core`: what no client can do without. `full`: requests, channels, and surviving what is broken. */
  readonly level: 'core' | 'full'
  /** What the client has to do, in a sentence. */
  readonly about: string
  play(stage: Stage): Promise<void>
}
