// Frames about channels go to the channels, unless the credential is over: then only the leaving ones.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aboutChannel } from '../../../gateway/inbound/about-channel.ts'
import { fakeConnection } from '../fake-connection.ts'
import { alice, fakeChannels, fakeSession, quietEvents } from '../fakes.ts'

const kinds = ['subscribe', 'unsubscribe', 'members'] as const

for (const [what, expiresAt, taken] of [
  ['a credential that lasts', Date.now() + 60_000, kinds],
  ['a credential without an end', undefined, kinds],
  ['a credential that is over', 1, ['unsubscribe']],
] as const) {
  test(`with ${what}: ${taken.join(', ')}`, async () => {
    const events = quietEvents()
    const asked: string[] = []
    const note = (_client: unknown, { id }: { id: string }) => void asked.push(id)
    const deps = { channels: fakeChannels({ subscribe: note, unsubscribe: note, members: note }), events }
    const principal = { ...alice, ...(expiresAt === undefined ? {} : { expiresAt }) }
    const { connection, socket } = fakeConnection({ session: fakeSession({ principal }) })
    for (const kind of kinds) aboutChannel(deps, connection, principal, { kind, id: kind, channel: 'c' })
    const refused = kinds.filter((kind) => !(taken as readonly string[]).includes(kind))
    assert.deepEqual(asked, taken)
    assert.deepEqual(
      socket.frames.map(({ id, code }) => [id, code]),
      refused.map((id) => [id, 'token-expired']),
    )
    assert.equal(await events.count('refusals', 'token-expired'), refused.length)
  })
}
