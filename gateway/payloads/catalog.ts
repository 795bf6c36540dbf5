// The messages that are known now, each made ready once; another set takes the place of this one when its images change. Pure.
import { create } from '@bufbuild/protobuf'
import { createValidator } from '@bufbuild/protovalidate'
import type { Descriptors } from './descriptors.ts'
import { compileType, type MessageType } from './message-type.ts'
import { brokenRule } from './rules.ts'

export type Catalog = {
  readonly descriptors: Descriptors
  /** A message by its full name. The first time it is asked for, it is made ready. */
  find(name: string): MessageType | undefined
}

/**
 * Makes the messages ready that are used. A sentence where one is not there, or a rule in it can never be asked: such a
 * set must not be used.
 */
export function createCatalog(descriptors: Descriptors, used: Iterable<string>): Catalog | string {
  const { registry } = descriptors
  const validator = createValidator({ registry })
  const known = new Map<string, MessageType | undefined>()
  const find = (name: string): MessageType | undefined => {
    if (known.has(name)) return known.get(name)
    const desc = descriptors.find(name)
    // What is not there is not kept: names may come from outside.
    if (desc === undefined) return undefined
    const type = compileType(desc, registry, validator)
    known.set(name, type)
    return type
  }
  for (const name of used) {
    const type = find(name)
    if (type === undefined) return `no image has a message ${name}`
    const broken = brokenRule(validator, type.desc, create(type.desc))
    if (broken !== undefined) return `a rule of ${name} cannot be understood: ${broken}`
  }
  return { descriptors, find }
}

/** The catalog in force. Whoever has this sees the next one with its next question. */
export type Schemas = Pick<Catalog, 'find'> & {
  readonly current: Catalog
  replace(catalog: Catalog): void
}

export function createSchemas(first: Catalog): Schemas {
  let current = first
  return {
    get current() {
      return current
    },
    find: (name) => current.find(name),
    replace(catalog) {
      current = catalog
    },
  }
}
