// A schema registry for tests: a real HTTP server that speaks as much of Confluent's REST API as is asked of it.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'

export type TestRegistry = {
  readonly url: string
  /** Subjects that were asked for, in order. */
  readonly asked: string[]
  /** The number of the newest schema of a subject; without one it is not there. */
  set(subject: string, id: number): void
  /** While true every question is answered 503. */
  away: boolean
}

/** Ends with `t`. */
export async function testRegistry(t: TestContext): Promise<TestRegistry> {
  const numbers = new Map<string, number>()
  const asked: string[] = []
  const state = { away: false }
  const server = createServer((request, response) => {
    const subject = /^\/subjects\/([^/]+)\/versions\/latest$/.exec(request.url ?? '')?.[1]
    const name = decodeURIComponent(subject ?? '')
    asked.push(name)
    const id = numbers.get(name)
    const [status, body] = state.away
      ? [503, { error_code: 50003, message: 'away' }]
      : id === undefined
        ? [404, { error_code: 40401, message: 'Subject not found.' }]
        : [200, { subject: name, version: 1, id, schemaType: 'PROTOBUF', schema: '' }]
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onEnd(t, () => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    set: (subject, id) => void numbers.set(subject, id),
    get away() {
      return state.away
    },
    set away(away) {
      state.away = away
    },
  }
}
