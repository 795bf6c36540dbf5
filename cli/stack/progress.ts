// Shows on the terminal how far the stack is: a line that counts the download where there is a person, plain lines elsewhere.

/** One thing that happened on the way up or down. `ms` is how long it took. */
export type Progress =
  | { readonly part: 'jars'; readonly state: 'downloading'; readonly done: number; readonly total: number }
  /** The download is over, or given up. */
  | { readonly part: 'jars'; readonly state: 'ended' }
  | { readonly part: 'kafka' | 'redis'; readonly state: 'starting' | 'stopping' }
  | { readonly part: 'kafka' | 'redis'; readonly state: 'ready'; readonly ms: number; readonly at: string }
  | { readonly part: 'kafka' | 'redis'; readonly state: 'stopped'; readonly ms: number }

export type OnProgress = (progress: Progress) => void

const titles = { kafka: 'Kafka', redis: 'Redis', jars: 'Downloading Kafka and Redis through Maven' }

/** Without a terminal a line is written each time so many more jars have come. */
const jarsALine = 15

/** Writes progress to `out`. */
export function createProgress(out: NodeJS.WriteStream): OnProgress {
  const jars = out.isTTY ? createCounter(out) : createLines(out)
  return (progress) => {
    if (progress.part === 'jars') {
      if (progress.state === 'downloading') jars.show(progress.done, progress.total)
      else jars.end()
      return
    }
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

type Counting = {
  show(done: number, total: number): void
  end(): void
}

/** One line, written anew for every jar. */
function createCounter(out: NodeJS.WriteStream): Counting {
  let open = false
  return {
    show(done, total) {
      open = true
      const bar = '#'.repeat(Math.round((20 * done) / total)).padEnd(20, '.')
      out.write(`\r${titles.jars} ${bar} ${done} of ${total}`)
    },
    end() {
      if (open) out.write('\n')
      open = false
    },
  }
}

function createLines(out: NodeJS.WriteStream): Counting {
  return {
    show(done, total) {
      if (done === 1) out.write(`${titles.jars}\n`)
      else if (done % jarsALine === 0 || done === total) out.write(`  ${done} of ${total} jars\n`)
    },
    end() {},
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
