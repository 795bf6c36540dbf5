// What the kit tells while it works, in the way that pino and most structured logs take it.

export type KitLog = {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** One line on standard error for each warning; nothing else. */
export const plainLog: KitLog = {
  debug: () => {},
  warn: (fields, message) => console.error(message, JSON.stringify(fields)),
}

const longest = 500

/** What a thrown value says, cut to a length that suits a log line and a header. */
export const toText = (thrown: unknown): string => {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
