// Shows on the terminal how far the stack is: a bar for the download where there is a person, plain lines elsewhere.
import { Presets, SingleBar } from 'cli-progress'

/** One thing that happened on the way up or down. `ms` is how long it took. */
export type Progress =
  | { readonly part: 'jars'; readonly state: 'downloading'; readonly done: number; readonly total: number }
  | { readonly part: 'kafka' | 'redis'; readonly state: 'starting' | 'stopping' }
  | { readonly part: 'kafka' | 'redis'; readonly state: 'ready'; readonly ms: number; readonly at: string }
  | { readonly part: 'kafka' | 'redis'; readonly state: 'stopped'; readonly ms: number }

export type OnProgress = (progress: Progress) => void

const titles = { kafka: 'Kafka', redis: 'Redis', jars: 'Downloading Kafka and Redis through Maven' }

/** Without a terminal a line is written each time so many more jars have come. */
const jarsALine = 15

/** Writes progress to `out`. */
export function createProgress(out: NodeJS.WriteStream): OnProgress {
  const showJars = out.isTTY ? createBar(out) : createLines(out)
  return (progress) => {
    if (progress.part === 'jars') return showJars(progress.done, progress.total)
    const title = titles[progress.part]
    if (progress.state === 'ready') {
      out.write(`${title} serves at ${progress.at} (${seconds(progress.ms)})\n`)
    } else if (progress.state === 'stopped') {
      out.write(`${title} stopped (${seconds(progress.ms)})\n`)
    } else if (progress.state === 'stopping') {
      out.write(`${title} is stopping\n`)
    }
  }
}

function createBar(out: NodeJS.WriteStream): (done: number, total: number) => void {
  const format = `${titles.jars} {bar} {value}/{total} jars`
  const bar = new SingleBar(
    { format, stream: out, clearOnComplete: true, stopOnComplete: true },
    Presets.shades_classic,
  )
  return (done, total) => {
    if (done <= 1 && !bar.isActive) bar.start(total, done)
    else bar.update(done)
    if (done === total) out.write(`${titles.jars}: done\n`)
  }
}

function createLines(out: NodeJS.WriteStream): (done: number, total: number) => void {
  return (done, total) => {
    if (done === 1) out.write(`${titles.jars}\n`)
    else if (done % jarsALine === 0 || done === total) out.write(`  ${done} of ${total} jars\n`)
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
