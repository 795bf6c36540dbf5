// A Kafka as a bank would run it: TLS, logins by every mechanism we speak, nothing allowed that no ACL allows.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import kafkajs, { type AclEntry } from 'kafkajs'
import { freePorts } from '../../cli/stack/ports.ts'
import type { KafkaRight } from '../../gateway/compose/kafka-acl.ts'
import { createAuthority, writeCertificate } from './certificates.ts'
import { onEnd } from './cleanup.ts'
import { randomName } from './names.ts'
import { ownKafka } from './stack.ts'

const security = 'org.apache.kafka.common.security'

export type SecureKafka = {
  /** `host:port` with TLS and a login. */
  readonly brokers: readonly string[]
  /** `host:port` that asks for nothing, for the administrator, who may do everything. */
  readonly adminBrokers: readonly string[]
  /** Files: the authority of the broker, and a client certificate of it. */
  readonly ca: string
  readonly client: { readonly cert: string; readonly key: string }
  /** Each user's password, for PLAIN and SCRAM. */
  readonly passwords: Readonly<Record<string, string>>
  readonly folder: string
}

export type SecureKafkaOptions = {
  readonly users: readonly string[]
  /** Default: required. */
  readonly clientCertificates?: 'none' | 'required'
  /** Milliseconds after which a connection has to log in again. */
  readonly reauthenticateMs?: number
}

/** Ends with `t`. */
export async function secureKafka(t: TestContext, options: SecureKafkaOptions): Promise<SecureKafka> {
  const { users, clientCertificates = 'required', reauthenticateMs = 0 } = options
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-secure-'))
  onEnd(t, () => rmSync(folder, { recursive: true, force: true }))
  const authority = createAuthority()
  const server = authority.issue({ subject: { CN: 'broker' }, names: ['localhost', '127.0.0.1'] })
  const files = { ca: join(folder, 'ca.crt'), store: join(folder, 'broker.pem') }
  writeFileSync(files.ca, authority.cert)
  writeFileSync(files.store, `${server.key}${server.cert}`)
  const client = writeCertificate(folder, 'client', authority.issue({ subject: { CN: 'machine' } }))
  const passwords = Object.fromEntries(users.map((user) => [user, randomName('password')]))
  const [port = 0, controllerPort = 0, securePort = 0] = await freePorts(3)
  const own = 'listener.name.secure'
  const plain = users.map((user) => `user_${user}="${passwords[user]}"`).join(' ')
  const kafka = await ownKafka(t, {
    port,
    controllerPort,
    formatting: users.flatMap((user) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${user},password=${passwords[user]}]`,
      ]),
    ),
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${port},SECURE://127.0.0.1:${securePort},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SECURE://127.0.0.1:${securePort}`,
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': false,
      'super.users': 'User:ANONYMOUS',
      [`${own}.ssl.keystore.type`]: 'PEM',
      [`${own}.ssl.keystore.location`]: files.store,
      [`${own}.ssl.truststore.type`]: 'PEM',
      [`${own}.ssl.truststore.location`]: files.ca,
      [`${own}.ssl.client.auth`]: clientCertificates,
      [`${own}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      [`${own}.plain.sasl.jaas.config`]: `${security}.plain.PlainLoginModule required ${plain};`,
      [`${own}.scram-sha-256.sasl.jaas.config`]: `${security}.scram.ScramLoginModule required;`,
      [`${own}.scram-sha-512.sasl.jaas.config`]: `${security}.scram.ScramLoginModule required;`,
      [`${own}.oauthbearer.sasl.jaas.config`]: `${security}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
      ...(reauthenticateMs === 0 ? {} : { 'connections.max.reauth.ms': reauthenticateMs }),
    },
  })
  const brokers = [`127.0.0.1:${securePort}`]
  return { brokers, adminBrokers: kafka.brokers, ca: files.ca, client, passwords, folder }
}

const operations = {
  Read: kafkajs.AclOperationTypes.READ,
  Write: kafkajs.AclOperationTypes.WRITE,
  Create: kafkajs.AclOperationTypes.CREATE,
  Describe: kafkajs.AclOperationTypes.DESCRIBE,
  DescribeConfigs: kafkajs.AclOperationTypes.DESCRIBE_CONFIGS,
} as const

/** Gives rights, as the administrator; each role is the user of that name. */
export async function allow(kafka: SecureKafka, rights: readonly Omit<KafkaRight, 'why'>[]): Promise<void> {
  const client = new kafkajs.Kafka({ brokers: [...kafka.adminBrokers], logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  try {
    const acl = rights.flatMap(({ role, resource, name, prefixed, operations: allowed }): AclEntry[] =>
      allowed.map((operation) => ({
        principal: `User:${role}`,
        host: '*',
        operation: operations[operation],
        permissionType: kafkajs.AclPermissionTypes.ALLOW,
        resourceType: kafkajs.AclResourceTypes[resource === 'topic' ? 'TOPIC' : 'GROUP'],
        resourceName: name,
        resourcePatternType: kafkajs.ResourcePatternTypes[prefixed ? 'PREFIXED' : 'LITERAL'],
      })),
    )
    await admin.createAcls({ acl })
  } finally {
    await admin.disconnect()
  }
}

export type TokenServer = { readonly url: string; requests: number; down: boolean }

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Gives tokens that this Kafka believes, for `lifeS` seconds, to whoever knows the secret. Ends with `t`. */
export async function tokenServer(
  t: TestContext,
  { user, secret, lifeS }: { user: string; secret: string; lifeS: number },
): Promise<TokenServer> {
  const state = { url: '', requests: 0, down: false }
  const server: Server = createServer((request, response) => {
    state.requests++
    const expected = `Basic ${Buffer.from(`gateway:${secret}`).toString('base64')}`
    if (state.down || request.headers.authorization !== expected)
      return void response.writeHead(401).end('no')
    const now = Math.floor(Date.now() / 1000)
    const token = `${encoded({ alg: 'none' })}.${encoded({ sub: user, iat: now, exp: now + lifeS })}.`
    response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: lifeS }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onEnd(t, () => server.close().closeAllConnections())
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  return state
}
