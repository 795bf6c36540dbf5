// Raw connections through a whole gateway.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

test('a raw connection needs no envelope', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const records = await cluster.kafka.read(cluster.echo)
  const token = await tokenFor('dev')
  for (const protocols of [[], ['openclaw.v1.raw']]) {
    const client = await connect(t, node.port, { protocols, path: '/echo', token })
    const before = records.length
    client.ws.send('{"n":1}')
    client.ws.send('not json')
    client.ws.send(Buffer.from([0, 255]))
    const sent = await waitFor(() => records.length >= before + 3 && records.slice(before))
    assert.deepEqual(
      sent.map((read) => [read.headers['content-type'], read.value.length]),
      [
        ['application/json', 7],
        ['text/plain', 8],
        ['application/octet-stream', 2],
      ],
    )
    const { headers } = sent[0] ?? assert.fail()
    assert.equal(headers['ce_id'], `${headers['ce_session']}/1`)
    const { ce_replyto: to = '' } = headers
    await cluster.kafka.send(to, [
      { value: '{"r":1}', headers },
      { value: Buffer.from([9, 200]), headers: { ...headers, 'content-type': 'application/x' } },
    ])
    assert.deepEqual([await client.next('raw').then((f) => [f['text'], f['binary']])], [['{"r":1}', false]])
    assert.equal((await client.next('raw'))['binary'], true)
  }
  await assert.rejects(connect(t, node.port, { protocols: [], path: '/echo' }), /HTTP 401/)
  await assert.rejects(connect(t, node.port, { protocols: [], path: '/nowhere', token }), /HTTP 404/)
})
