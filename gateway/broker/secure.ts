// How connections to Kafka are secured: TLS whose files are read again for each, and the login that kafkajs carries out.
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import type { SaslConfig } from '../config/sasl-settings.ts'
import type { KafkaConfig } from '../config/settings.ts'
import { readTlsFiles } from '../tls-files.ts'
import { createTokenSource } from './token-source.ts'

type Address = { readonly host: string; readonly port: number }

/** Milliseconds between probes of a silent connection by the operating system. */
const keepAlive = 10_000

/** Opens a socket, and calls `onOpen` when bytes may be sent. Throws where a file of TLS is no good. */
export function openSocket({ ssl }: Pick<KafkaConfig, 'ssl'>, address: Address, onOpen: () => void): Socket {
  if (ssl === undefined) {
    const options = { ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAlive }
    return connectPlain(options).once('connect', onOpen)
  }
  const { serverName = isIP(address.host) === 0 ? address.host : undefined } = ssl
  const socket = connectSecure({
    ...address,
    ...readTlsFiles(ssl),
    minVersion: 'TLSv1.2',
    ...(serverName === undefined ? {} : { servername: serverName }),
  })
  return socket.setNoDelay(true).setKeepAlive(true, keepAlive).once('secureConnect', onOpen)
}

/** Each login with its token source: all connections share one. */
const sources = new WeakMap<SaslConfig, ReturnType<typeof createTokenSource>>()

/** What kafkajs wants to know, made anew each time, for it writes into it; undefined: nobody logs in. */
export function saslOf({ sasl }: Pick<KafkaConfig, 'sasl'>): SASLOptions | undefined {
  if (sasl === undefined) return undefined
  const { mechanism, username = '', password = '' } = sasl
  if (mechanism !== 'oauthbearer') return { mechanism, username, password } as SASLOptions
  const source = sources.get(sasl) ?? createTokenSource(sasl)
  sources.set(sasl, source)
  return { mechanism, oauthBearerProvider: source }
}
