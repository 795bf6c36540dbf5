// What `openclaw schemas check` says: the gate, what the configuration uses, whom each break reaches, who still connects.

import { readFileSync } from 'node:fs'
import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import type { Config } from '../../gateway/config/settings.ts'
import { columns } from '../columns.ts'
import { type Break } from './breaks.ts'
import type { ClientCount } from './clients.ts'
import type { Gate } from './gate.ts'
import { knownMessages, type Use, usersOf, usesOf } from './in-use.ts'

export type Report = { readonly ok: boolean; readonly lines: readonly string[] }

/** Packages of files, by their path. */
const packagesIn = (image: string): ReadonlyMap<string, string> =>
  new Map(
    fromBinary(FileDescriptorSetSchema, readFileSync(image)).file.map((file) => [file.name, file.package]),
  )

/** The full name of what a break is about, where buf says it. */
const subject = ({ path, message }: Break, packages: ReadonlyMap<string, string>): string | undefined => {
  const name =
    / on (?:message|enum) "([^"]+)"/.exec(message)?.[1] ??
    /present (?:message|enum) "([^"]+)"/.exec(message)?.[1]
  return name && [packages.get(path), name].filter(Boolean).join('.')
}

const useRow = ({ where, type, message }: Use, isThere: boolean): readonly string[] => [
  where,
  type === undefined ? 'any type' : `type ${type}`,
  message,
  isThere ? 'there' : 'MISSING: no image has it any more',
]

/** `own` is where the configuration finds the image of these schemas. */
export function usageReport(config: Config, own: string, { image, breaks }: Gate): Report {
  if (image === undefined) return { ok: true, lines: [] }
  const uses = usesOf(config)
  if (uses.length === 0)
    return { ok: true, lines: ['No route, channel or feed of the configuration names a message.'] }
  const known = knownMessages(config, own, image)
  if (typeof known === 'string') return { ok: false, lines: [`In use: ${known}`] }
  const rows = uses.map((use) => useRow(use, known.find(use.message) !== undefined))
  const packages = packagesIn(image)
  const named = new Set(breaks.flatMap((each) => subject(each, packages) ?? []))
  const reached = [...named].flatMap((name) => {
    const users = usersOf(uses, known, name)
    return users.length === 0 ? [] : [`  ${name} is broken and in use by ${users.join(', ')}`]
  })
  const lines = ['In use:', ...columns(rows).map((row) => `  ${row}`), ...reached]
  return { ok: uses.every(({ message }) => known.find(message) !== undefined), lines }
}

/** `counts` undefined: nobody was asked. */
export function clientLines(counts: readonly ClientCount[] | undefined): readonly string[] {
  if (counts === undefined)
    return ['Which clients connect was not asked: --metrics <admin address of a node> says it.']
  if (counts.length === 0) return ['No client has connected to these nodes since they started.']
  const rows = counts.map(({ subprotocol, client, version, sessions }) => [
    String(sessions),
    subprotocol,
    client === 'none' ? 'a client without a name' : client,
    version === 'none' ? '' : version,
  ])
  const head = ['sessions', 'subprotocol', 'client', 'version']
  return ['Clients since the nodes started:', ...columns([head, ...rows]).map((row) => `  ${row.trimEnd()}`)]
}
