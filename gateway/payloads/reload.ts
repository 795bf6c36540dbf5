// Whether another set of descriptors may take the place of the one in force. Pure.
import { breakIn } from './breaking.ts'
import { type Catalog, createCatalog } from './catalog.ts'
import type { Descriptors } from './descriptors.ts'
import { compilePath } from './field-path.ts'

/** A field of a message that keys of records are made of. */
export type KeyOfType = { readonly type: string; readonly path: readonly string[] }

/** The next catalog; a sentence where it must not be used: something would break for clients and backends of this node. */
export function nextCatalog(
  now: Catalog,
  descriptors: Descriptors,
  used: readonly string[],
  keys: readonly KeyOfType[] = [],
): Catalog | string {
  const inUse = used.flatMap((name) => now.descriptors.find(name) ?? [])
  return breakIn(inUse, descriptors.find) ?? keyBreak(keys, descriptors) ?? createCatalog(descriptors, used)
}

function keyBreak(keys: readonly KeyOfType[], { find }: Descriptors): string | undefined {
  for (const { type, path } of keys) {
    const desc = find(type)
    const made = desc && compilePath(desc, path)
    if (typeof made === 'string') return `${made}, and keys of records are made of that`
  }
  return undefined
}
