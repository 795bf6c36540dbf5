// What rules see of a principal: its names, claims, roles and scopes as values of CEL, made once for each principal. Pure.
import { type CelInput, celList, celMap } from '@bufbuild/cel'
import { grantsOf } from './grants.ts'

/** A principal, as far as rules look at it. Not changed after it was first seen. */
export type RulePrincipal = {
  readonly tenant: string
  /** Absent for an anonymous one; a rule that asks for it then fails, and says no. */
  readonly user?: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** A payload whose type is known and that was found valid: as JSON, or as a message of protobuf that reflects itself. */
export type RulePayload = { readonly json: unknown } | { readonly message: CelInput }

/** Fields of `principal`. */
export const principalFields: readonly string[] = ['user', 'tenant', 'claims', 'roles', 'scopes']

/** Claims nested deeper are left out. */
const deepest = 16

const seen = new WeakMap<RulePrincipal, CelInput>()

/** The principal as a map. A key that every object has, such as `constructor`, is no claim: only own ones are taken. */
export function principalValue(principal: RulePrincipal): CelInput {
  const known = seen.get(principal)
  if (known !== undefined) return known
  const { user, tenant, claims } = principal
  const value = describe({ user, tenant, claims, ...grantsOf(claims) })
  seen.set(principal, value)
  return value
}

/** JSON that CEL has no value for is nothing. */
export const payloadValue = (payload: RulePayload): CelInput =>
  'message' in payload ? payload.message : (toValue(payload.json, -1) ?? null)

/** A payload to try rules with, of which nothing is known. */
export const somePayload = (): CelInput => celMap(new Map())

/** Whether the settings of a route or a channel say of what types its payloads are: only then rules may look at them. */
export const knowsPayload = (settings: object): boolean => {
  const payload = 'payload' in settings ? settings.payload : undefined
  return typeof payload === 'object' && payload !== null && 'types' in payload && payload.types !== undefined
}

/** Somebody to try rules with, of whom no claim is known: what depends on one cannot be tried. */
export const somebody = (): CelInput =>
  describe({ user: 'a', tenant: 'a', claims: {}, roles: ['a'], scopes: ['a'] })

function describe(fields: Readonly<Record<string, unknown>>): CelInput {
  return toValue(fields, -1) ?? null
}

/** JSON as values of CEL; numbers are doubles, which compare with whole numbers as one expects. */
function toValue(json: unknown, depth: number): CelInput | undefined {
  if (typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean') return json
  if (json === null) return null
  if (typeof json !== 'object' || depth > deepest) return undefined
  if (Array.isArray(json))
    return celList(json.map((each) => toValue(each, depth + 1)).filter((each) => each !== undefined))
  const entries = Object.entries(json).flatMap(([name, each]) => {
    const value = toValue(each, depth + 1)
    return value === undefined ? [] : [[name, value] as const]
  })
  return celMap(new Map(entries))
}
