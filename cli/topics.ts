// Plans and creates the topics that the configuration needs.
import type { Config } from '../gateway/config/settings.ts'
import { CliFailure } from './failure.ts'

/** Creates what is missing; answers how many topics were made. */
export const applyTopics = async (config: Config): Promise<number> => {
  await Promise.resolve()
  throw new CliFailure(`topics cannot be applied yet (${config.cluster})`)
}
