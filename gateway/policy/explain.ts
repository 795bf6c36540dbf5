// Why a rule says what it says: the rule part by part, each with what it came to. For people; asked by nobody in a hurry.
import {
  type CelEnv,
  type CelResult,
  celError,
  isCelError,
  isCelList,
  isCelMap,
  parse,
  plan,
  unparse,
} from '@bufbuild/cel'
import type { Bindings } from './check-rule.ts'
import { payloadValue, principalValue, type RulePayload, type RulePrincipal } from './facts.ts'
import { askTurn, createEnv, mostTurns, type RuleSource, type RuleTexts } from './rule.ts'
import { type Expression, type Parsed, partsOf, watchLoops } from './syntax.ts'

export type Facts = {
  readonly principal: RulePrincipal
  /** Names of the rule whose values are known. */
  readonly texts: RuleTexts
  /** Names whose values are not: what depends on one says so. */
  readonly open: readonly string[]
  readonly payload?: RulePayload
}

export type Explained = {
  readonly text: string
  /** `depends`: on names that are open. `fails`: it has no value, and a rule that comes to that says no. */
  readonly outcome: 'value' | 'depends' | 'fails'
  /** As JSON; why it fails; or the names it depends on. */
  readonly shown: string
  /** It alone made the whole of which it is a part what that is. */
  readonly decides: boolean
  readonly parts: readonly Explained[]
}

/** Characters of a value that are shown. */
const longest = 120

const logical = new Set(['_&&_', '_||_', '!_', '_?_:_'])

/** Explains a rule that `compileRule` takes. Throws for one that is none. */
export function explain(source: RuleSource, facts: Facts): Explained {
  if (typeof source === 'boolean') return { ...leaf(String(source)), shown: String(source) }
  const turns = { left: mostTurns }
  const env = createEnv(turns)
  const written = parse(source)
  // The same tree with bounded loops: what is shown is what was written.
  const asked = parse(source)
  watchLoops(asked.expr, askTurn)
  // Not left out: a name such as type has a meaning of its own in CEL.
  const open = Object.fromEntries(facts.open.map((name) => [name, celError('not known')]))
  const bindings = Object.assign(Object.create(null), open, facts.texts, {
    principal: principalValue(facts.principal),
    ...(facts.payload === undefined ? {} : { payload: payloadValue(facts.payload) }),
  }) as Bindings
  const evaluate = (expression: Expression): CelResult => {
    turns.left = mostTurns
    return plan(env as CelEnv, expression)(bindings)
  }
  return node({ written, evaluate, open: facts.open }, written.expr, asked.expr)
}

type World = {
  readonly written: Parsed
  readonly evaluate: (expression: Expression) => CelResult
  readonly open: readonly string[]
}

const leaf = (text: string): Explained => ({ text, outcome: 'value', shown: '', decides: false, parts: [] })

function node(world: World, written: Expression, asked: Expression): Explained {
  const value = world.evaluate(asked)
  const [operands, answers] = [operandsOf(written), operandsOf(asked)]
  const parts = operands.map((operand, n) => node(world, operand, answers[n] ?? operand))
  const text = unparse({ ...world.written, expr: written })
  const own = { ...leaf(text), ...outcomeOf(world, written, value, parts) }
  return { ...own, parts: decided(functionOf(written), value, parts) }
}

function outcomeOf(
  { open }: World,
  written: Expression,
  value: CelResult,
  parts: readonly Explained[],
): Pick<Explained, 'outcome' | 'shown'> {
  if (!isCelError(value)) return { outcome: 'value', shown: textOf(value) }
  // What has failed fails whatever is still open, but for an alternative: that may turn out to be true.
  const own = functionOf(written)
  const failed =
    own === '_||_' || own === '_?_:_' ? undefined : parts.find(({ outcome }) => outcome === 'fails')
  const on = failed === undefined ? open.filter((name) => names(written, name)) : []
  if (on.length > 0) return { outcome: 'depends', shown: on.join(', ') }
  return { outcome: 'fails', shown: failed?.shown ?? value.message.slice(0, longest) }
}

const names = (expression: Expression, name: string): boolean =>
  partsOf(expression).some(
    ({ expression: { exprKind }, bound }) =>
      exprKind.case === 'identExpr' && exprKind.value.name === name && !bound.has(name),
  )

const functionOf = ({ exprKind }: Expression): string | undefined =>
  exprKind.case === 'callExpr' ? exprKind.value.function : undefined

/** What is shown under a part: the operands of a logical one, the values that a comparison or a call was made with. */
function operandsOf(expression: Expression): readonly Expression[] {
  const { case: kind, value } = expression.exprKind
  if (kind !== 'callExpr') return []
  const own = value.function
  const all = [...(value.target === undefined ? [] : [value.target]), ...value.args]
  if (own === '_&&_' || own === '_||_')
    return all.flatMap((each) => (functionOf(each) === own ? operandsOf(each) : [each]))
  return logical.has(own) ? all : all.filter(isTelling)
}

/** A constant shows itself, and a loop has no value outside of it. */
const isTelling = ({ exprKind: { case: kind } }: Expression): boolean =>
  kind === 'identExpr' || kind === 'selectExpr' || kind === 'callExpr'

/** One `false` makes an `&&` false, one `true` an `||` true: the first of them is it. So is the first failure of what fails. */
function decided(
  own: string | undefined,
  value: CelResult,
  parts: readonly Explained[],
): readonly Explained[] {
  const isDecided = (own === '_&&_' && value === false) || (own === '_||_' && value === true)
  const at = parts.findIndex(({ outcome, shown }) =>
    isCelError(value) ? outcome === 'fails' : isDecided && outcome === 'value' && shown === String(value),
  )
  return parts.map((part, n) => (n === at ? { ...part, decides: true } : part))
}

function textOf(value: CelResult): string {
  const text = JSON.stringify(toJson(value)) ?? 'null'
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (isCelList(value)) return [...value].map(toJson)
  if (isCelMap(value)) return Object.fromEntries([...value].map(([key, each]) => [toKey(key), toJson(each)]))
  if (typeof value === 'object' && value !== null && '$typeName' in value) return String(value.$typeName)
  return value
}

const toKey = (key: unknown): string =>
  typeof key === 'string' || typeof key === 'bigint' || typeof key === 'boolean' ? String(key) : '?'
