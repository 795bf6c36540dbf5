// `openclaw topics plan|apply`.
import type { Command } from 'commander'

export const addTopics = (program: Command): void => {
  program.command('topics').summary('plan or create the topics')
}
