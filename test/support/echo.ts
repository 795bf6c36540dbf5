// A backend in the plainest form for tests: each request is sent to ce_replyto with all its headers.
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'
import type { Cluster } from './gateway.ts'

const everyMs = 10

/** Answers what comes to the route `echo` from now on; ends with `t`. */
export async function startEcho(t: TestContext, cluster: Cluster): Promise<void> {
  const records = await cluster.kafka.read(cluster.echo)
  let done = 0
  const timer = setInterval(() => {
    for (; done < records.length; done += 1) {
      const { headers = {}, value } = records[done] ?? {}
      const { ce_replyto: to, ...copied } = headers
      if (to !== undefined && copied['ce_request'] !== undefined && copied['ce_cancel'] === undefined)
        void cluster.kafka.send(to, [{ value: value ?? null, headers: copied }]).catch(() => undefined)
    }
  }, everyMs)
  onEnd(t, () => clearInterval(timer))
}
