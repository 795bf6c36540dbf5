// The story of a violation: every entry of the history that has to do with its messages and sessions, in order of time.
import type { Violation } from './check/violation.ts'
import { placeOf } from './check/violation.ts'
import { type Entry, readHistory } from './history.ts'

const mostLines = 60
/** Around what happened to the messages, how much is told of their clients, in ms. */
const aroundMs = 15_000

/** Lines to print, the time in seconds since `began`. */
export async function tellStory(
  path: string,
  { uuids = [], sessions = [], client }: Violation,
  began: number,
): Promise<string[]> {
  const wanted = new Set(uuids)
  const known = new Set(sessions)
  const places = new Set<string>()
  const clients = new Set<number>()
  let [from, to] = [Infinity, 0]
  for await (const entry of readHistory(path)) {
    const uuid = uuidOf(entry)
    if (uuid === undefined || !wanted.has(uuid)) continue
    from = Math.min(from, entry.at)
    to = Math.max(to, entry.at)
    if (entry.e === 'stored') places.add(placeOf(entry))
    if (entry.e === 'client') clients.add(entry.client)
  }
  for await (const entry of readHistory(path))
    if (entry.e === 'client' && entry.kind === 'welcome' && known.has(entry.session))
      clients.add(entry.client)
  if (client) {
    clients.add(client.number)
    ;[from, to] = [client.at, client.at]
  } else if (from === Infinity) [from, to] = [0, Infinity]
  const told: Entry[] = []
  for await (const entry of readHistory(path)) {
    const isNear = entry.at >= from - aroundMs && entry.at <= to + aroundMs
    if (isAbout(entry) || (isNear && isAround(entry))) told.push(entry)
  }
  told.sort((one, other) => one.at - other.at)
  const lines = told.map(
    (entry) => `${((entry.at - began) / 1_000).toFixed(3).padStart(9)}  ${toLine(entry)}`,
  )
  if (lines.length <= mostLines) return lines
  return [...lines.slice(0, mostLines), `          … and ${lines.length - mostLines} more`]

  function isAbout(entry: Entry): boolean {
    const uuid = uuidOf(entry)
    if (uuid !== undefined) return wanted.has(uuid)
    if (entry.e === 'receipt') return places.has(entry.origin)
    return (entry.e === 'event' || entry.e === 'late-hello') && known.has(entry.session)
  }

  function isAround(entry: Entry): boolean {
    if (entry.e === 'fault' || entry.e === 'node') return true
    return (
      entry.e === 'client' &&
      clients.has(entry.client) &&
      ['hello', 'welcome', 'closed', 'goaway'].includes(entry.kind)
    )
  }
}

function uuidOf(entry: Entry): string | undefined {
  if (entry.e === 'stored' || entry.e === 'made') return entry.uuid
  if (entry.e !== 'client') return undefined
  if (entry.kind === 'sent') return entry.what.id
  if (entry.kind === 'ack' || entry.kind === 'refusal') return entry.id ?? ''
  return entry.kind === 'received' ? entry.uuid : undefined
}

function toLine(entry: Entry): string {
  const { at: _, e, ...rest } = entry
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `${e} ${fields.join(' ')}`
}
