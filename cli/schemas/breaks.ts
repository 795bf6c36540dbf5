// The breaks between two versions of the schemas, each explained.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type BufFinding, buf, findingsIn } from './buf.ts'
import { type Explanation, explain, type Reach, reachOf } from './explain.ts'

export type Break = BufFinding & Explanation & { readonly reach: Reach }

const breaking = (folder: string, against: string, config: readonly string[]): readonly BufFinding[] => {
  const ran = buf(folder, ['breaking', '--against', against, '--error-format', 'json', ...config])
  return ran.ok ? [] : findingsIn(ran)
}

type BufConfig = { readonly breaking?: { readonly use?: readonly string[] } }

/** The folder's own settings, asked about bytes and JSON alone. */
function strictly(folder: string): readonly string[] {
  const file = join(folder, 'buf.yaml')
  const own = existsSync(file) ? (parse(readFileSync(file, 'utf8')) as BufConfig) : {}
  const config = { version: 'v2', ...own, breaking: { ...own.breaking, use: ['WIRE_JSON', 'WIRE'] } }
  return ['--config', JSON.stringify(config)]
}

/** Every break of the schemas in `folder` against an image or another folder, worst first. */
export function breaksOf(folder: string, against: string): readonly Break[] {
  const found = breaking(folder, against, [])
  if (found.length === 0) return []
  const strict = breaking(folder, against, strictly(folder))
  const order: readonly Reach[] = ['bytes', 'json', 'code']
  return found
    .map((each) => ({ ...each, ...explain(each.rule), reach: reachOf(each, strict) }))
    .toSorted((a, b) => order.indexOf(a.reach) - order.indexOf(b.reach))
}

const reaches: Readonly<Record<Reach, string>> = {
  bytes: 'breaks protobuf and JSON',
  json: 'breaks JSON; protobuf can still be read',
  code: 'breaks generated code; protobuf and JSON can still be read',
}

/** buf's own words, without the addresses of pages. */
const plain = (message: string): string => message.replace(/ See https?:.*$/, '').replace(/\.$/, '')

/** A break in two lines: what it is and whom it reaches; what to do instead. */
export const breakLines = ({
  path,
  line,
  column,
  rule,
  message,
  reach,
  why,
  instead,
}: Break): readonly string[] => [
  `${path === '' ? '' : `${path}:${line}:${column}: `}${plain(message)}: ${why} (${rule}; ${reaches[reach]})`,
  `  instead: ${instead}`,
]
