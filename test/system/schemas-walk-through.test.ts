// The walk-through of schemas/README.md, command by command, in a fresh copy of the repository and against a real gateway.
import assert from 'node:assert/strict'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePorts } from '../../cli/stack/ports.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { copyOfRepository } from '../support/fresh-clone.ts'
import { randomName } from '../support/names.ts'
import { testStack } from '../support/stack.ts'
import { hasProgram, missing, pythonWith } from '../support/tools.ts'
import { waitFor } from '../support/wait.ts'

/** What the walk-through installs, at versions that are known to get along. */
const pins: Readonly<Record<string, string>> = {
  'grpcio-tools': '1.76.0',
  'confluent-kafka': '2.12.1',
  websockets: '15.0.1',
  msgpack: '1.1.2',
}

type Block = { readonly language: string; readonly text: string }

/** The fenced blocks of the walk-through, in order; topic and group have names of their own. */
function blocks(markdown: string, name: string): readonly Block[] {
  const from = markdown.indexOf('## Walk-through')
  const part = markdown.slice(from, markdown.indexOf('\n## ', from + 1))
  return [...part.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language = '', text = '']) => ({
    language,
    text: text.replaceAll('typing.in', `${name}.in`).replace('"group.id": "typing"', `"group.id": "${name}"`),
  }))
}

/** Ports and names that nobody else has. */
async function place(t: TestContext) {
  const { brokers, redisUrl } = await testStack()
  const [listen = 0, admin = 0] = await freePorts(2)
  const name = randomName('walk')
  const topics = [
    'slot',
    'dispatch',
    'channels',
    'events',
    'sessions',
    'receipts',
    'quarantine',
    'revocations',
    'keys',
  ]
  const env: Record<string, string> = {
    OPENCLAW_CLUSTER: name,
    OPENCLAW_LISTEN_PORT: String(listen),
    OPENCLAW_ADMIN_PORT: String(admin),
    OPENCLAW_KAFKA_BROKERS: brokers.join(','),
    OPENCLAW_REDIS_URL: redisUrl,
    OPENCLAW_DELIVERY_SLOTS: '2',
    ...Object.fromEntries(topics.map((each) => [`OPENCLAW_TOPICS_${each.toUpperCase()}`, `${name}.${each}`])),
  }
  return { folder: copyOfRepository(t), name, env, admin }
}

type Place = Awaited<ReturnType<typeof place>>

/** `npm start` without a Kafka and a Redis of its own, and without the other examples. */
async function start(t: TestContext, { folder, env, admin }: Place): Promise<void> {
  const command = join(folder, 'openclaw')
  const made = await runCommand(['topics', 'apply'], { env, cwd: folder, command })
  assert.equal(made.code, 0, made.stderr)
  const running = startCommand(['start'], { env, cwd: folder, command })
  t.after(async () => {
    running.child.kill('SIGKILL')
    await running.done
  })
  const isReady = () =>
    fetch(`http://127.0.0.1:${admin}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  await waitFor(isReady, { timeoutMs: 60_000, describe: () => `the gateway; it said\n${running.stdout()}` })
}

/** The environment that the commands make, kept between runs of the tests. */
async function linkPython(folder: string, line: string): Promise<void> {
  const names = line.split(' pip install ').at(-1)?.split(/\s+/).slice(2) ?? []
  const python = await pythonWith(
    names.map((name) => `${name}==${pins[name] ?? assert.fail(`no version of ${name}`)}`),
  )
  symlinkSync(join(dirname(python), '..'), join(folder, '.venv'))
}

/** Runs one block as a person would, but for what takes too long or is there already. */
async function perform(t: TestContext, at: Place, { language, text }: Block): Promise<string> {
  const { folder, env } = at
  if (language === 'proto' || language === 'python') {
    const file = /^(?:\/\/|#) (\S+)\n/.exec(text)?.[1] ?? assert.fail(`no name of a file in\n${text}`)
    writeFileSync(join(folder, file), text)
    return ''
  }
  let output = ''
  for (const line of text.trimEnd().split('\n')) {
    if (line === 'npm ci' || line.startsWith('python3 -m venv')) continue
    if (line === 'npm start') await start(t, at)
    else if (line.includes('pip install')) await linkPython(folder, line)
    else {
      const ran = await runCommand(['-c', line], { env, cwd: folder, command: 'bash' })
      assert.equal(ran.code, 0, `${line}\n${ran.stdout}${ran.stderr}`)
      output += ran.stdout
    }
  }
  return output
}

test('a new message, a route and no code: three formats arrive as protobuf, what is wrong is refused with its field', async (t) => {
  if (!(await hasProgram('python3'))) return t.skip(String(missing('python3')))
  const at = await place(t)
  const readme = readFileSync(join(at.folder, 'schemas/README.md'), 'utf8')
  const all = blocks(readme, at.name)
  const outputs = new Map<string, string>()
  for (const block of all.filter(({ language }) => ['sh', 'proto', 'python'].includes(language))) {
    const output = await perform(t, at, block)
    if (block.language === 'sh') outputs.set(block.text, output)
  }
  const said = (part: string) => [...outputs].find(([text]) => text.includes(part))?.[1] ?? assert.fail(part)

  assert.match(said('schemas:gen'), /^ok {3}breaking changes/m)
  assert.match(said('schemas:gen'), /^ {2}route typing +any type +chat\.v1\.Typing +there$/m)

  type Answer = {
    readonly ack?: { readonly id: string; readonly topic: string }
    readonly refusal?: {
      readonly code: string
      readonly violations: readonly { field: string; rule: string }[]
    }
  }
  // An ack waits for Kafka, a refusal for nothing: they come in either order.
  const answers = said('listen --route typing')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer)
  const ack = answers.find((each) => each.ack)?.ack
  assert.deepEqual([ack?.id, ack?.topic], ['1', `${at.name}.in`])
  const refusal = answers.find((each) => each.refusal)?.refusal
  assert.equal(refusal?.code, 'invalid-payload')
  assert.deepEqual(
    refusal.violations.map(({ field, rule }) => [field, rule]),
    [['room', 'string.pattern']],
  )

  const client = said('client.py').trim().split('\n').toSorted()
  assert.deepEqual(client.slice(0, 3), [
    `json is in ${at.name}.in`,
    `msgpack is in ${at.name}.in`,
    `protobuf is in ${at.name}.in`,
  ])
  assert.match(client[3] ?? '', /^too-many was refused: \[\{'field': 'keys', 'rule': 'uint64\.lte'/)
  assert.match(client[4] ?? '', /^unknown was refused: \[\{'field': 'where', 'rule': 'unknown-field'/)

  const promised = all.findLast(({ language }) => language === 'text')?.text ?? ''
  assert.deepEqual(
    said('consumer.py 4').trim().split('\n').toSorted(),
    promised.trim().split('\n').toSorted(),
  )

  const check = ['schemas', 'check', '--metrics', `http://127.0.0.1:${at.admin}`]
  const checked = await runCommand(check, {
    env: at.env,
    cwd: at.folder,
    command: join(at.folder, 'openclaw'),
  })
  assert.equal(checked.code, 0, checked.stdout + checked.stderr)
  assert.match(checked.stdout, /^ {2}1 +openclaw\.v1\.json +openclaw-cli$/m)
  assert.match(checked.stdout, /^ {2}1 +openclaw\.v1\.json +a client without a name$/m)
})
