// `npm start`: everything comes up, answers, goes down in order without leaving a process, and comes up again quickly.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { availableParallelism, loadavg } from 'node:os'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { type DevPlace, devPlace, startDev } from '../support/dev-process.ts'
import { type TestStack, testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const given = ({ brokers, redisUrl }: TestStack) => ({
  OPENCLAW_KAFKA_BROKERS: brokers.join(','),
  OPENCLAW_REDIS_URL: redisUrl,
})

const programOf = (place: DevPlace, part: string): number =>
  Number(
    place
      .processes()
      .find((each) => each.includes(part))
      ?.split(' ')[0],
  )

const tokenIn = (output: string): string => /^(ey\S+)$/m.exec(output)?.[1] ?? ''

test('it starts, a client gets its echo, Ctrl-C leaves nothing behind, and the second start is quick', async (t) => {
  const place = await devPlace(t)
  const first = startDev(place)
  const firstMs = await first.up()
  const client = await welcomed(t, place.ports.listen, tokenIn(first.output()))
  client.send({ request: { id: '1', route: 'echo', payload: { text: 'hi' } } })
  assert.deepEqual((await client.next('reply'))['payload'], { text: 'hi' })
  client.send({ publish: { id: '2', route: 'echo', payload: { text: 'ho' } } })
  assert.equal((await client.next('ack'))['topic'], 'echo.in')

  const pages = `http://127.0.0.1:${place.ports.pages}`
  assert.ok(first.output().includes(`Open this first, two users side by side:\n\n  ${pages}\n`))
  assert.match(await (await fetch(`${pages}/token?user=bob`)).text(), /^ey/)
  assert.equal((await fetch(`${pages}/openclaw.js`)).status, 200)

  const stopping = performance.now()
  first.child.kill('SIGINT')
  assert.equal(await first.exited, 0, first.output())
  const stopMs = performance.now() - stopping
  assert.deepEqual(place.processes(), [])
  const order = [...first.output().matchAll(/^(echo|gateway|Redis|Kafka) stopped/gm)].map(([, name]) => name)
  assert.deepEqual(order, ['echo', 'gateway', 'Redis', 'Kafka'])

  const second = startDev(place)
  const secondMs = await second.up()
  t.diagnostic(
    `first start ${firstMs.toFixed(0)} ms, stop ${stopMs.toFixed(0)} ms, second start ${secondMs.toFixed(0)} ms`,
  )
  // Ten seconds on a machine of its own; where others compute too, as much longer as they leave us less of it.
  const limitMs = 10_000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())
  assert.ok(secondMs < limitMs, `the second start took ${secondMs.toFixed(0)} ms of ${limitMs.toFixed(0)}`)
  assert.match(second.output(), /Topics are there, 0 of them new/)
  second.child.kill('SIGINT')
  assert.equal(await second.exited, 0, second.output())
  assert.deepEqual(place.processes(), [])
})

for (const [name, variable, what] of [
  ['listen', 'OPENCLAW_LISTEN_PORT', 'the gateway'],
  ['pages', 'OPENCLAW_PAGES_PORT', 'the server of the demo pages'],
] as const)
  test(`a taken port is named with its variable before anything is started: ${variable}`, async (t) => {
    const place = await devPlace(t)
    const holder = createServer()
    t.after(() => holder.close())
    const port = place.ports[name]
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve))
    const dev = startDev(place)
    assert.equal(await dev.exited, 1)
    const sentence = `^openclaw: Port ${port}, which ${what} needs, is already taken.*${variable}=${port + 1}\\.\\n$`
    assert.match(dev.output(), new RegExp(sentence))
  })

test('given a Kafka and a Redis it uses them; send and listen meet through it', async (t) => {
  const stack = await testStack()
  const place = await devPlace(t)
  const env = given(stack)
  const dev = startDev(place, env)
  await dev.up()
  assert.doesNotMatch(dev.output(), /Kafka serves|Redis serves/)
  const own = { ...env, OPENCLAW_LISTEN_PORT: String(place.ports.listen) }
  const listening = startCommand(['listen', '--user', 'carol', '--count', '2'], { env: own })
  await waitFor(() => listening.stdout().includes('"welcome"'), {
    timeoutMs: 20_000,
    describe: listening.stderr,
  })
  const session = /"session":"([^"]+)"/.exec(listening.stdout())?.[1] ?? ''
  const sent = await runCommand(['send', `session:${session}`, '{"n":9007199254740993}', '--type', 'note'], {
    env: own,
  })
  assert.equal(sent.code, 0, sent.stderr)
  assert.match(sent.stdout, /^\{"topic":"openclaw\.dispatch","partition":\d+,"offset":\d+\}\n$/)
  const { code, stdout } = await listening.done
  assert.equal(code, 0)
  assert.match(stdout, /\n\{"message":[^\n]*"type":"note"[^\n]*9007199254740993[^\n]*\}\n$/)
  dev.child.kill('SIGTERM')
  assert.equal(await dev.exited, 0, dev.output())
  assert.deepEqual(place.processes(), [])
})

test('when whoever reads its output goes away, it stops in order all the same', async (t) => {
  const stack = await testStack()
  const place = await devPlace(t)
  const dev = startDev(place, given(stack))
  await dev.up()
  dev.child.stdout?.destroy()
  dev.child.stderr?.destroy()
  // What it then has to say, nobody hears.
  process.kill(programOf(place, 'echo/main.ts'), 'SIGTERM')
  await waitFor(() => place.processes().length === 0, {
    timeoutMs: 30_000,
    describe: () => place.processes().join('\n'),
  })
})

test('a killed `dev` takes everything with it', async (t) => {
  const stack = await testStack()
  const place = await devPlace(t)
  const dev = startDev(place, given(stack))
  const upMs = await dev.up()
  dev.child.kill('SIGKILL')
  const since = performance.now()
  await waitFor(() => place.processes().length === 0, {
    timeoutMs: 20_000,
    describe: () => place.processes().join('\n'),
  })
  t.diagnostic(
    `up after ${upMs.toFixed(0)} ms, gone ${(performance.now() - since).toFixed(0)} ms after the kill`,
  )
})

test('a second Ctrl-C does not wait for a gateway that hangs', async (t) => {
  const stack = await testStack()
  const place = await devPlace(t)
  const dev = startDev(place, given(stack))
  await dev.up()
  process.kill(programOf(place, 'main.ts start'), 'SIGSTOP')
  dev.child.kill('SIGINT')
  await waitFor(() => dev.output().includes('echo stopped'), { describe: dev.output })
  await waitFor(() => dev.child.exitCode !== null || !dev.child.kill('SIGINT'), {
    timeoutMs: 5_000,
    everyMs: 50,
  })
  assert.equal(await dev.exited, 1)
  await waitFor(() => place.processes().length === 0, { describe: () => place.processes().join('\n') })
})

test('a part that dies ends all of it, with exit code 1 and a sentence', async (t) => {
  const stack = await testStack()
  const place = await devPlace(t)
  const dev = startDev(place, given(stack))
  await dev.up()
  process.kill(programOf(place, 'main.ts start'), 'SIGKILL')
  assert.equal(await dev.exited, 1)
  assert.match(dev.output(), /openclaw: gateway ended unexpectedly \(SIGKILL\)\.\n$/)
  assert.deepEqual(place.processes(), [])
})
