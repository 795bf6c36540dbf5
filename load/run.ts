// What programs of the load share: they end in order at SIGINT and SIGTERM, and leave none of their processes behind.
import { type Child, startChild } from './child.ts'

/** Runs a program; what it rejects with is told, and the exit code is then 1. */
export const runProgram = async (main: (signal: AbortSignal) => Promise<void>): Promise<void> => {
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => interrupted.abort(new Error(`stopped by ${name}`)))
  }
  try {
    await main(interrupted.signal)
  } catch (failure) {
    process.stderr.write(`${failure instanceof Error ? failure.message : String(failure)}\n`)
    process.exitCode = 1
  }
}

export type Stage = {
  /** A process of Node that ends with the stage; its crash ends the play. */
  start(name: string, args: readonly string[]): Child
  /** Called when the stage is left, the last one first. */
  undo(step: () => unknown): void
}

/** Rejects with the first of: what `play` rejects with, a process that ended too soon, the signal's reason. Undoes all. */
export const onStage = async (signal: AbortSignal, play: (stage: Stage) => Promise<void>): Promise<void> => {
  const undone: (() => unknown)[] = []
  const crash = Promise.withResolvers<never>()
  crash.promise.catch(() => undefined)
  signal.addEventListener('abort', () => crash.reject(signal.reason))
  const undo = (step: () => unknown): void => void undone.push(step)
  const start = (name: string, args: readonly string[]): Child => {
    const child = startChild({ name, args }, (sentence) => crash.reject(new Error(sentence)))
    undo(() => child.stop())
    return child
  }
  try {
    await Promise.race([play({ start, undo }), crash.promise])
  } finally {
    for (const step of undone.reverse()) await step()
  }
}
