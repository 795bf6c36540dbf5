// Certificates for tests: an authority of this process, and what it signs, written as PEM files.
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'

/** One DER value: its tag, its length, what is in it. */
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const long =
    body.length < 128 ? [] : body.length < 256 ? [body.length] : [body.length >> 8, body.length & 255]
  const length = long.length === 0 ? [body.length] : [0x80 | long.length, ...long]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const integer = (bytes: Uint8Array) => der(0x02, bytes)
const bits = (bytes: Uint8Array) => der(0x03, Buffer.from([0]), bytes)
const text = (value: string) => der(0x0c, Buffer.from(value))
const time = (at: Date) => der(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]|\.\d+/g, '')}`))
const yes = der(0x01, Buffer.from([0xff]))

const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = rest.flatMap((part) => {
    const groups = [part & 127]
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128)
    return groups
  })
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]))
}

const nameOids = { C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' } as const
export type Subject = Partial<Record<keyof typeof nameOids, string>>

const toName = (subject: Subject): Buffer =>
  sequence(
    ...(Object.keys(nameOids) as (keyof typeof nameOids)[]).flatMap((key) => {
      const value = subject[key]
      return value === undefined ? [] : [der(0x31, sequence(oid(nameOids[key]), text(value)))]
    }),
  )

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [yes] : []), der(0x04, value))

const toAlternative = (name: string): Buffer => {
  if (isIP(name) === 4) return der(0x87, Buffer.from(name.split('.').map(Number)))
  if (name.includes('://')) return der(0x86, Buffer.from(name))
  return der(name.includes('@') ? 0x81 : 0x82, Buffer.from(name))
}

export type CertificateOptions = {
  readonly subject: Subject
  /** DNS names, IPv4 addresses, URIs and mail addresses. */
  readonly names?: readonly string[]
  /** Milliseconds from now; negative: it is over. */
  readonly ttlMs?: number
}

export type Certificate = { readonly cert: string; readonly key: string }
export type Authority = Certificate & {
  issue(options: CertificateOptions): Certificate
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
const day = 86_400_000

type Issuer = { readonly name: Buffer; readonly key: KeyObject }
type Made = { readonly pem: Certificate; readonly as: Issuer }

function make(options: CertificateOptions, isAuthority: boolean, issuer?: Issuer): Made {
  const { subject, names = [], ttlMs = day } = options
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = toName(subject)
  const signer = issuer ?? { name, key: privateKey }
  const now = Date.now()
  const alternatives =
    names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names.map(toAlternative)))]
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    signer.name,
    sequence(time(new Date(now - 2 * day)), time(new Date(now + ttlMs))),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(extension('2.5.29.19', isAuthority ? sequence(yes) : sequence(), true), ...alternatives),
    ),
  )
  const whole = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, signer.key)))
  const lines = whole.toString('base64').replace(/.{1,64}/g, '$&\n')
  const cert = `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { pem: { cert, key }, as: { name, key: privateKey } }
}

/** An authority that signs itself. */
export function createAuthority(commonName = 'tests'): Authority {
  const root = make({ subject: { CN: commonName } }, true)
  return { ...root.pem, issue: (options) => make(options, false, root.as).pem }
}

/** Writes `<name>.crt` and `<name>.key`, and answers their paths. */
export function writeCertificate(folder: string, name: string, { cert, key }: Certificate) {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
  writeFileSync(files.cert, cert)
  writeFileSync(files.key, key)
  return files
}

/** The common name in the certificate that is shown at this port of 127.0.0.1. */
export async function shownAt(port: number, ca: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ port, host: '127.0.0.1', ca })
  socket.once('secureConnect', () => resolve(String(socket.getPeerCertificate().subject.CN)))
  socket.once('error', reject)
  return promise.finally(() => socket.destroy())
}
