// The log: structured lines on standard output, capped and redacted; no payload, no credential, no query string.
import { type Logger, pino } from 'pino'

export type Log = Logger

const longest = 500

/** Cuts text that others chose before it goes into a line; pino escapes the rest. */
export const capped = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)

export function createLog(options: { level: string; node: string; cluster: string }): Log {
  return pino({
    level: options.level,
    base: { node: options.node, cluster: options.cluster },
    redact: {
      paths: ['token', 'authorization', 'secret', 'password', 'clientSecret'].flatMap((name) => [
        name,
        `*.${name}`,
      ]),
      censor: '…',
    },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
}

/** What a thrown value says, without its stack. */
export const toText = (failure: unknown): string =>
  capped(failure instanceof Error ? failure.message : String(failure))
