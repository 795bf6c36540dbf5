// The client of language models against a server that speaks their API, and behaves badly.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompletionError, openAi, standIn } from '../../../consumers/assistant/completions.ts'
import { startModel } from '../../support/language-model.ts'
import { waitFor } from '../../support/wait.ts'

const turns = [{ role: 'user', content: 'Hello' }] as const

async function read(words: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = []
  for await (const word of words) all.push(word)
  return all
}

test('words come one by one, with the key and without', async (t) => {
  const model = await startModel(t)
  const { signal } = new AbortController()
  model.next({ pieces: ['Grüß', ' dich'] })
  assert.deepEqual(await read(openAi({ url: `${model.url}/`, model: 'm' })(turns, signal)), ['Grüß', ' dich'])
  assert.equal(model.asked[0]?.authorization, undefined)
  model.next({ pieces: [] })
  assert.deepEqual(await read(openAi({ url: model.url, key: 'k', model: 'm' })(turns, signal)), [])
  assert.equal(model.asked[1]?.authorization, 'Bearer k')
  assert.equal(model.asked[1]?.stream, true)
})

test('whoever leaves closes the connection; so does a cancel, which is no error', async (t) => {
  const model = await startModel(t)
  const complete = openAi({ url: model.url, model: 'm' })
  model.next({ pieces: ['one', 'two'], holdAfter: 1 })
  for await (const word of complete(turns, new AbortController().signal)) {
    assert.equal(word, 'one')
    break
  }
  await waitFor(() => model.abandoned === 1, { timeoutMs: 20_000 })
  const cancelled = new AbortController()
  model.next({ pieces: ['one', 'two'], holdAfter: 1 })
  const words = complete(turns, cancelled.signal)[Symbol.asyncIterator]()
  assert.equal((await words.next()).value, 'one')
  cancelled.abort()
  assert.equal((await words.next()).done, true)
  await waitFor(() => model.abandoned === 2, { timeoutMs: 20_000 })
})

test('each way to fail has a code', async (t) => {
  const model = await startModel(t)
  const failing = async (code: string, message: RegExp, silenceMs = 20_000) => {
    const complete = openAi({ url: model.url, model: 'm', silenceMs })
    await assert.rejects(read(complete(turns, new AbortController().signal)), (failure) => {
      assert.ok(failure instanceof CompletionError)
      assert.equal(failure.code, code)
      assert.match(failure.message, message)
      return true
    })
  }
  model.next({ status: 401, body: '{"error":{"message":"bad key"}}' })
  await failing('model-refused', /\(401\): bad key$/)
  model.next({ status: 500, body: `<html>${'x'.repeat(10_000)}` })
  await failing('model-refused', /^.{1,400}$/)
  model.next({ pieces: ['Half'], breaksOff: true })
  await failing('model-broke-off', /middle/)
  model.next({ pieces: ['Half'], holdAfter: 0 })
  await failing('model-silent', /0\.3 s/, 300)
  await model.stop()
  await failing('model-unreachable', /reached/)
})

test('the stand-in says what it is, and stops when it is told to', async () => {
  const all = await read(standIn(turns, new AbortController().signal))
  assert.match(all.join(''), /^I am a stand-in.*ASSISTANT_URL.*you said: Hello$/)
  assert.ok(all.length > 10)
  const cancelled = new AbortController()
  const words = standIn(turns, cancelled.signal)[Symbol.asyncIterator]()
  await words.next()
  cancelled.abort()
  assert.equal((await words.next()).done, true)
})
