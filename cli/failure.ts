// How a command fails: one sentence for the person at the terminal, and an exit code.
import { StackFailure } from './stack/failure.ts'

/** 0 done, 1 it failed, 2 it was called wrongly. */
export type ExitCode = 0 | 1 | 2

/** A failure that is told in its own words, without a stack trace. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure'
  readonly exitCode: ExitCode

  constructor(sentence: string, exitCode: ExitCode = 1) {
    super(sentence)
    this.exitCode = exitCode
  }
}

/** What to print for anything that was thrown; with DEBUG set, where it came from too. */
export const failureText = (thrown: unknown, env: NodeJS.ProcessEnv): string => {
  const isOurs = thrown instanceof CliFailure || thrown instanceof StackFailure
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (env.DEBUG && thrown instanceof Error) return thrown.stack ?? message
  return isOurs ? message : `${message} (set DEBUG=1 to see where this came from)`
}
