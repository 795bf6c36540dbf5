// Roles and scopes that a token grants, wherever its issuer writes them. Pure.

type Claims = Readonly<Record<string, unknown>>

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []

const words = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(/\s+/).filter((word) => word !== '') : texts(value)

const within = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Claims)[name]
    : undefined

const once = (all: readonly string[]): readonly string[] => [...new Set(all)]

export type Grants = { readonly roles: readonly string[]; readonly scopes: readonly string[] }

/** `roles` from the claims `roles` and `realm_access.roles`, lists; `scopes` from `scope` and `scp`, words or lists. Each once. */
export const grantsOf = (claims: Claims): Grants => ({
  roles: once([...texts(within(claims, 'roles')), ...texts(within(within(claims, 'realm_access'), 'roles'))]),
  scopes: once([...words(within(claims, 'scope')), ...words(within(claims, 'scp'))]),
})
