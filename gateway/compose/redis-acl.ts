// The rights at Redis that a gateway of this configuration needs and no more, read from the scripts that it runs.
import type { Config } from '../config/settings.ts'
import { toBase } from '../registry/keys.ts'
import { scripts } from '../registry/scripts.ts'

/** What the client of the registry asks by itself, for scripts and to see that the server is ready. */
const ofClient = ['eval', 'evalsha', 'info']
const ofCluster = ['cluster|slots', 'cluster|info']
/** Of the script that counts windows, which a library brings. */
const ofWindows = ['set', 'incrby', 'pttl', 'expire']

/** The words of `ACL SETUSER <name>` behind the name, but for the password. */
export function redisRights({ redis, cluster }: Pick<Config, 'redis' | 'cluster'>): readonly string[] {
  const called = Object.values(scripts).flatMap((text) =>
    [...text.matchAll(/redis\.call\('(\w+)'/g)].map(([, name = '']) => name.toLowerCase()),
  )
  const hasDatabase = !redis.sentinel && !redis.cluster && Number(new URL(redis.url).pathname.slice(1)) > 0
  const commands = new Set([
    ...called,
    ...ofWindows,
    ...ofClient,
    ...(redis.cluster === undefined ? [] : ofCluster),
    ...(hasDatabase ? ['select'] : []),
  ])
  const keys = `~${toBase(redis.prefix, cluster)}*`
  return [
    'resetkeys',
    keys,
    'resetchannels',
    '-@all',
    ...[...commands].toSorted().map((command) => `+${command}`),
  ]
}

/** What a gateway's user at the sentinels needs, if they ask for one. */
export const sentinelRights: readonly string[] = [
  'resetkeys',
  'resetchannels',
  '-@all',
  '+info',
  '+sentinel|get-master-addr-by-name',
  '+sentinel|sentinels',
]
