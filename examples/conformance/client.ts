// What a client program does in `./openclaw conformance` (client/CONFORMANCE.md), with the TypeScript SDK.
import { createClient, OpenClawError } from '../../client/index.ts'

const [url = ''] = process.argv.slice(2)
let tokens = 0
const client = createClient({ url, token: () => `t-${++tokens}` })

const tell = (what: object) => void client.publish('heard', what)
const codeOf = (error: unknown) => (error instanceof OpenClawError ? error.code : String(error))

client.on('gap', () => tell({ gap: 'session' }))
client.onMessage(async ({ payload }) => {
  if ((payload as { done?: boolean } | null)?.done) await client.close()
  else tell({ got: payload })
})

const room = client.subscribe('room:1', {}, ({ payload }) => tell({ channel: payload }))
room.on('gap', () => tell({ gap: 'channel' }))

for (const n of [1, 2, 3]) {
  client.publish('echo', { n }).then(
    () => tell({ acked: n }),
    (error: unknown) => tell({ failed: n, code: codeOf(error) }),
  )
}

async function ask(): Promise<void> {
  const replied: unknown[] = []
  for await (const { payload } of client.requestStream('ask', { q: 1 })) replied.push(payload)
  tell({ replied })
}
ask().catch((error: unknown) => tell({ failed: 'q', code: codeOf(error) }))

client.connect().catch((error: unknown) => console.error(codeOf(error)))
