// Where a gateway of this machine is reached, by its configuration.
import type { Config } from '../gateway/config/settings.ts'

const hostText = (host: string): string => {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return reachable.includes(':') ? `[${reachable}]` : reachable
}

export const gatewayUrl = ({ listen }: Config): string =>
  `${listen.tls ? 'wss' : 'ws'}://${hostText(listen.host)}:${listen.port}/`

export const adminUrl = ({ admin }: Config): string =>
  `${admin.tls ? 'https' : 'http'}://${hostText(admin.host)}:${admin.port}`
