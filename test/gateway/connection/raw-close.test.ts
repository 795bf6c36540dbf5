// A raw connection ends by a refusal, with a code that says whether to come back as it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import { type RefusalCode, refusals, refuse } from '../../../gateway/errors.ts'
import { fakeConnection } from '../fake-connection.ts'

for (const code of Object.keys(refusals) as RefusalCode[]) {
  test(`a raw connection ends by ${code} with a code that says whether to come back as it is`, () => {
    const { connection, socket } = fakeConnection({ dialect: rawDialect('') })
    connection.refuse(refuse(code, 'why'))
    assert.equal(socket.closed?.reason, code)
    const asItIs = socket.closed.code < 4400 || socket.closed.code >= 4500
    if (refusals[code].retryable) assert.equal(asItIs, true)
    else assert.ok(!asItIs || code === 'internal' || code === 'too-large', `${code} ${socket.closed.code}`)
  })
}
