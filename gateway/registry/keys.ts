// How the registry's keys and values are written: the same text that schemas/REGISTRY.md promises to other languages.
import type { SessionEntry } from '../delivery/ports.ts'

/**
 * Where all keys of one gateway cluster begin. The braces are Redis Cluster's hash tag: every key of a cluster is on one
 * shard, so that one script may touch any of them at once.
 */
export const toBase = (prefix: string, cluster: string): string => `${prefix}:{${cluster}}:`

/**
 * Any text as part of a key: like encodeURIComponent, and reversible for lone surrogates too (as `%uD800`), so two texts
 * never become one and no text can contain a separator, a blank or a brace.
 */
export const escapePart = (text: string): string =>
  text.isWellFormed()
    ? encodeURIComponent(text)
    : Array.from(text, (letter) =>
        letter.isWellFormed()
          ? encodeURIComponent(letter)
          : `%u${letter.charCodeAt(0).toString(16).toUpperCase()}`,
      ).join('')

export const unescapePart = (part: string): string =>
  part
    .split(/%u([0-9A-F]{4})/)
    .map((piece, index) =>
      index % 2 === 0 ? decodeURIComponent(piece) : String.fromCharCode(Number.parseInt(piece, 16)),
    )
    .join('')

/** Whose a session is: `<tenant>/<user>`, or `<tenant>` alone for an anonymous principal. */
export const toOwner = (tenant: string, user: string | undefined): string =>
  user === undefined ? escapePart(tenant) : `${escapePart(tenant)}/${escapePart(user)}`

/** The five words that the scripts take and give for one entry. */
export const toWords = (entry: SessionEntry): (string | number)[] => [
  escapePart(entry.session),
  entry.slot,
  entry.epoch,
  entry.generation,
  toOwner(entry.tenant, entry.user),
]

export const toEntry = (words: readonly string[]): SessionEntry => {
  const [session = '', slot, epoch, generation, owner = ''] = words
  const [tenant = '', user] = owner.split('/')
  return {
    session: unescapePart(session),
    tenant: unescapePart(tenant),
    ...(user === undefined ? {} : { user: unescapePart(user) }),
    slot: Number(slot),
    epoch: Number(epoch),
    generation: Number(generation),
  }
}
