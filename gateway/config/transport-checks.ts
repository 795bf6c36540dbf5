// Contradictions about how we are reached and whom we reach: TLS files, the admin token, logins of Kafka and Redis.
import { resolve } from 'node:path'
import { isLoopback, urlTrouble } from '../admission/safe-url.ts'
import { readTlsFiles, TlsFileProblem, type TlsFiles } from '../tls-files.ts'
import type { Finding } from './problem.ts'
import type { Config } from './settings.ts'
import type { Path } from './tree.ts'

const isHere = (host: string): boolean => host === '::1' || isLoopback(host)

/** A problem with the files of one section, at the setting that names the file. */
const fileFindings = (path: Path, files: TlsFiles | undefined, folder: string): readonly Finding[] => {
  if (files === undefined) return []
  const { cert, key, ca } = files
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'cert' : 'key'
    return [{ path: [...path, missing], message: 'is required: cert and key belong together' }]
  }
  const at = (file: string | undefined) => (file === undefined ? undefined : resolve(folder, file))
  try {
    readTlsFiles({ cert: at(cert), key: at(key), ca: at(ca) })
    return []
  } catch (thrown) {
    if (!(thrown instanceof TlsFileProblem)) throw thrown
    return [{ path: [...path, thrown.part], message: thrown.message }]
  }
}

const listenerFindings = (config: Config, folder: string): readonly Finding[] =>
  (['listen', 'admin'] as const).flatMap((name): readonly Finding[] => {
    const { tls } = config[name]
    if (tls === undefined) return []
    if (tls.clientCertificates !== 'none' && tls.ca === undefined) {
      const message = `is required: clientCertificates: ${tls.clientCertificates} has to know whose certificates are good`
      return [{ path: [name, 'tls', 'ca'], message }]
    }
    return fileFindings([name, 'tls'], tls, folder)
  })

const adminFindings = ({ admin, development }: Config): readonly Finding[] => {
  if (development || admin.token !== undefined || isHere(admin.host)) return []
  const message = `is required, for admin.host ${admin.host} is not loopback; set it by \${env:NAME} or \${file:PATH}`
  return [{ path: ['admin', 'token'], message, involves: [['admin', 'host'], ['development']] }]
}

const kafkaFindings = ({ kafka }: Config, folder: string): readonly Finding[] => {
  const { ssl, sasl, brokers } = kafka
  const files = fileFindings(['kafka', 'ssl'], ssl, folder)
  if (sasl === undefined) return files
  const isToken = sasl.mechanism === 'oauthbearer'
  const needed = isToken
    ? (['tokenUrl', 'clientId', 'clientSecret'] as const)
    : (['username', 'password'] as const)
  const missing = needed.filter((name) => sasl[name] === undefined)
  const message = `is required for mechanism ${sasl.mechanism}`
  const found: Finding[] = missing.map((name) => ({ path: ['kafka', 'sasl', name], message }))
  const trouble = sasl.tokenUrl === undefined ? undefined : urlTrouble(sasl.tokenUrl)
  if (trouble !== undefined) found.push({ path: ['kafka', 'sasl', 'tokenUrl'], message: trouble })
  const far = brokers.find((broker) => !isHere(broker.slice(0, broker.lastIndexOf(':'))))
  // SCRAM does not show the password, the others do.
  if (ssl === undefined && far !== undefined && !sasl.mechanism.startsWith('scram'))
    found.push({
      path: ['kafka', 'sasl'],
      message: `mechanism ${sasl.mechanism} shows the secret to whoever listens; set kafka.ssl: true`,
      involves: [
        ['kafka', 'ssl'],
        ['kafka', 'brokers'],
      ],
    })
  return [...files, ...found]
}

const redisFindings = ({ redis }: Config, folder: string): readonly Finding[] => {
  const found = [
    ...fileFindings(['redis', 'tls'], redis.tls, folder),
    ...fileFindings(['redis', 'sentinel', 'tls'], redis.sentinel?.tls, folder),
  ]
  if (redis.sentinel !== undefined && redis.cluster !== undefined)
    found.push({
      path: ['redis', 'cluster'],
      message: 'give either redis.sentinel or redis.cluster',
      involves: [['redis', 'sentinel']],
    })
  const inUrl = URL.canParse(redis.url) && new URL(redis.url).password !== ''
  if (inUrl && redis.password !== undefined)
    found.push({
      path: ['redis', 'password'],
      message: 'redis.url holds a password as well; give one of them',
      involves: [['redis', 'url']],
    })
  if (redis.tls !== undefined && redis.url.startsWith('redis:') && !redis.sentinel && !redis.cluster)
    found.push({
      path: ['redis', 'tls'],
      message: 'redis.url says redis://, which is without TLS; write rediss://',
      involves: [['redis', 'url']],
    })
  return found
}

/** Everything about transport that does not fit together. `folder` is where relative files are found. */
export const transportContradictions = (config: Config, folder: string): readonly Finding[] => [
  ...listenerFindings(config, folder),
  ...adminFindings(config),
  ...kafkaFindings(config, folder),
  ...redisFindings(config, folder),
]
