// The certificates of both listeners: read at the start, and again when they change or when the node is told to.
import type { Config } from '../config/settings.ts'
import type { Events } from '../events.ts'
import type { Service } from '../lifecycle.ts'
import { Certificates } from '../server/certificates.ts'

export type ListenerCertificates = {
  /** Undefined where that listener is without TLS. */
  readonly clients: Certificates | undefined
  readonly admin: Certificates | undefined
  readonly service: Service
  reload(): void
}

export function composeCertificates(
  { listen, admin }: Pick<Config, 'listen' | 'admin'>,
  events: Events,
): ListenerCertificates {
  const clients = listen.tls && new Certificates('clients', listen.tls, events)
  const operators = admin.tls && new Certificates('admin', admin.tls, events)
  const all = [clients, operators].filter((each) => each !== undefined)
  return {
    clients,
    admin: operators,
    service: {
      name: 'certificates',
      async start() {
        for (const each of all) await each.watch()
      },
      stop() {
        for (const each of all) each.stop()
      },
    },
    reload() {
      for (const each of all) each.reload()
    },
  }
}
