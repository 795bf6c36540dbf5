// Whether another set of descriptors may take the place of the one in force. Pure.
import { breakIn } from './breaking.ts'
import { type Catalog, createCatalog } from './catalog.ts'
import type { Descriptors } from './descriptors.ts'

/** The next catalog; a sentence where it must not be used: something would break for clients and backends of this node. */
export function nextCatalog(
  now: Catalog,
  descriptors: Descriptors,
  used: readonly string[],
): Catalog | string {
  const inUse = used.flatMap((name) => now.descriptors.find(name) ?? [])
  return breakIn(inUse, descriptors.find) ?? createCatalog(descriptors, used)
}
