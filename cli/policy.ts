// What a principal may do and why, as lines for people and as JSON for programs.
import { type Allowance, rightsOf } from '../gateway/compose/policy.ts'

type Principal = Parameters<typeof rightsOf>[0]

export type Tested = {
  readonly principal: Principal
  /** Absent where the principal was described by options. */
  readonly token?: 'verified' | 'refused' | 'unknown'
  readonly doubt?: string
  readonly allowances: readonly Allowance[]
}

type Rule = NonNullable<Allowance['rule']>

/** Whether all of it is allowed for certain. */
export const isAllowed = ({ token, allowances }: Tested): boolean =>
  token !== 'refused' && allowances.every(({ verdict }) => verdict === 'yes')

const listed = (all: readonly string[]): string => (all.length === 0 ? 'none' : all.join(', '))

const principalLine = (principal: Principal): string => {
  const { user, tenant } = principal
  const { roles, scopes } = rightsOf(principal)
  const who = user === undefined ? 'an anonymous principal' : `user ${user}`
  return `${who}, tenant ${tenant === '' ? '"" (the empty one)' : tenant}; roles: ${listed(roles)}; scopes: ${listed(scopes)}`
}

const shownOf = ({ outcome, shown }: Rule): string =>
  outcome === 'value' ? shown : outcome === 'depends' ? `depends on ${shown}` : `fails: ${shown}`

/** The parts under a rule, each deeper than what it is a part of; an arrow points at what made it so. */
const partLines = (rule: Rule, indent: string): readonly string[] =>
  rule.parts.flatMap((part) => [
    `${indent}${part.decides ? '→ ' : '  '}${part.text}  =  ${shownOf(part)}`,
    ...partLines(part, `${indent}    `),
  ])

const isWritten = (rule: Rule): boolean => rule.text !== 'true' && rule.text !== 'false'

const ruleLines = ({ setting, rule }: Allowance): readonly string[] =>
  rule === undefined || !isWritten(rule)
    ? []
    : [`      ${setting}: ${rule.text}  =  ${shownOf(rule)}`, ...partLines(rule, '        ')]

/** One line for each thing, and under it the rule with what its parts came to. */
export function policyLines({ principal, token, allowances }: Tested): readonly string[] {
  const columns = allowances.map(({ to, name, verdict, why }) => [to, name, verdict, why])
  const width = (at: number) => Math.max(...columns.map((row) => row[at]?.length ?? 0))
  const widths = [width(0), width(1), width(2)]
  return [
    `${principalLine(principal)}${token === undefined ? '' : ` (token ${token})`}`,
    ...allowances.flatMap((allowance, n) => [
      (columns[n] ?? [])
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
      ...ruleLines(allowance),
    ]),
  ]
}

/** The same as one JSON object. */
export function policyJson(tested: Tested): string {
  const { principal, allowances, ...about } = tested
  const { user, tenant, claims } = principal
  const shown = { user, tenant, ...rightsOf(principal), claims }
  return JSON.stringify({ allowed: isAllowed(tested), ...about, principal: shown, allowances }, null, 2)
}
