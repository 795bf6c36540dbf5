// API keys as they are shown: lines for people, objects for programs. Hashes of secrets are left out.
import type { ListedKey } from '../gateway/compose/operator-keys.ts'

/** What may be shown of a key. */
export const toShown = ({ id, record: { secrets, ...rest } }: ListedKey) => ({
  id,
  ...rest,
  secrets: secrets.map(({ createdAt, until }) => ({ createdAt, ...(until === undefined ? {} : { until }) })),
})

const dateOf = (time: string | undefined): string => time?.replace(/:\d\d\.\d+Z$/, 'Z') ?? 'never'

const isGood = (until: string | undefined, now: number): boolean =>
  until === undefined || Date.parse(until) > now

/** A head and a line for each key, in columns; one sentence where there is none. `now` in ms since the epoch. */
export function keyLines(keys: readonly ListedKey[], now: number): readonly string[] {
  if (keys.length === 0) return ['there are no keys']
  const rows = keys.map(({ id, record: { tenant, user, createdAt, expiresAt, secrets, claims } }) => [
    id,
    tenant === '' ? '-' : tenant,
    user,
    dateOf(createdAt),
    isGood(expiresAt, now) ? dateOf(expiresAt) : 'over',
    String(secrets.filter(({ until }) => isGood(until, now)).length),
    JSON.stringify(claims),
  ])
  const all = [['id', 'tenant', 'user', 'created', 'expires', 'secrets', 'claims'], ...rows]
  const widths = all[0]?.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0))) ?? []
  return all.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
