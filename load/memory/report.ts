// Loaded into a server before its own code: on SIGUSR2 it collects garbage, gives free pages back and prints what is left.

/** Collections until nothing more is freed: what one frees may hold what the next one frees. */
const collections = 4

process.on('SIGUSR2', () => {
  for (let n = 0; n < collections; n++)
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  process.stdout.write(`memory ${JSON.stringify({ rss, heap: heapUsed, external, arrayBuffers })}\n`)
})
