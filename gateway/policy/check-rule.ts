// Mistakes of a rule that can be seen before anybody asks: names and functions that are not there, kinds that do not fit. Pure.
import { type CelEnv, type CelInput, celType, isCelError, plan, unparse } from '@bufbuild/cel'
import { principalFields, somebody, somePayload } from './facts.ts'
import { type Parsed, type Part, partsOf } from './syntax.ts'

/** Values of CEL by the names that a rule may use. */
export type Bindings = Readonly<Record<string, CelInput>>

/** Names of kinds, as in `type(x) == string`. */
const kinds = new Set([
  'bool',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
])

/** Failures that a rule has with any facts; others, such as a claim that is not there, are of these facts alone. */
const always = /^(found no matching overload|error parsing regexp|type mismatch)/

/** Why this rule can never be right, as a sentence; undefined where nothing is known against it. */
export function mistakeIn(env: CelEnv, parsed: Parsed, names: readonly string[]): string | undefined {
  const parts = partsOf(parsed.expr)
  return first(parts, (part) => unknownIn(env, part, names)) ?? misfit(env, parsed, parts, names)
}

function first<T>(all: readonly T[], look: (each: T) => string | undefined): string | undefined {
  for (const each of all) {
    const found = look(each)
    if (found !== undefined) return found
  }
  return undefined
}

function unknownIn(env: CelEnv, { expression, bound }: Part, names: readonly string[]): string | undefined {
  const { case: kind, value } = expression.exprKind
  if (kind === 'identExpr') {
    const { name } = value
    if (bound.has(name) || names.includes(name) || kinds.has(name)) return undefined
    const here = `there is no ${name} here; a rule may use ${names.join(', ')}`
    return name === 'payload' ? `${here}, and payload where the section payload says what it is` : here
  }
  if (kind === 'callExpr') {
    const isOperator = !/^[A-Za-z]/.test(value.function)
    return isOperator || env.funcs.find(value.function) ? undefined : `there is no function ${value.function}`
  }
  if (kind === 'structExpr' && value.messageName !== '') return `there is no type ${value.messageName} here`
  if (kind !== 'selectExpr' || bound.has('principal')) return undefined
  const of = value.operand?.exprKind
  const isField = of?.case === 'identExpr' && of.value.name === 'principal'
  if (!isField || principalFields.includes(value.field)) return undefined
  return `principal has no ${value.field}; it has ${principalFields.join(', ')}`
}

/** Each part is tried by itself, because what is on the other side of an `&&` may hide it. */
function misfit(
  env: CelEnv,
  whole: Parsed,
  parts: readonly Part[],
  names: readonly string[],
): string | undefined {
  const bindings = Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, 'a'])), {
    principal: somebody(),
    payload: somePayload(),
  }) as Bindings
  const given = plan(env, whole)(bindings)
  if (!isCelError(given) && typeof given !== 'boolean')
    return `it gives a value of type ${celType(given).name}, and has to give true or false`
  return first(parts, ({ expression }) => {
    const { case: kind } = expression.exprKind
    if (kind !== 'callExpr' && kind !== 'comprehensionExpr') return undefined
    const result = plan(env, expression)(bindings)
    if (!isCelError(result) || !always.test(result.message)) return undefined
    return `${result.message}, in ${unparse({ ...whole, expr: expression })}`
  })
}
