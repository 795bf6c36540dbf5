// The lines of several programs in one terminal: each with its name in front, log lines made readable for people.
import { prettyFactory } from 'pino-pretty'

const colours = [36, 35, 33, 32, 34] as const

export type Output = {
  /** A line of a program. */
  line(name: string, text: string): void
}

/** Names are padded to `width` characters. In a terminal JSON log lines are shown as text, elsewhere as they are. */
export const createOutput = (out: NodeJS.WriteStream, width: number): Output => {
  const isTerminal = out.isTTY === true
  const pretty = isTerminal
    ? prettyFactory({
        colorize: true,
        ignore: 'pid,hostname,node,cluster',
        translateTime: 'SYS:HH:MM:ss.l',
        singleLine: true,
      })
    : undefined
  const seen: string[] = []
  const prefixOf = (name: string): string => {
    if (!seen.includes(name)) seen.push(name)
    const padded = name.padEnd(width)
    return isTerminal
      ? `\u001B[${colours[seen.indexOf(name) % colours.length]}m${padded} |\u001B[0m`
      : `${padded} |`
  }
  return {
    line(name, text) {
      const shown = pretty?.(text) ?? text
      out.write(`${prefixOf(name)} ${shown.trimEnd()}\n`)
    },
  }
}
