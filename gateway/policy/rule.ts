// A rule of the configuration, `true`, `false` or an expression in CEL, made ready once and asked many times. Pure.
import {
  type CelEnv,
  type CelResult,
  CelScalar,
  celEnv,
  celFunc,
  isCelError,
  parse,
  plan,
} from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'
import { type Bindings, mistakeIn } from './check-rule.ts'
import { payloadValue, principalValue, type RulePayload, type RulePrincipal } from './facts.ts'
import { type Expression, partsOf, watchLoops } from './syntax.ts'

/** As it stands in the configuration. */
export type RuleSource = boolean | string

/** Texts that a rule may use beside `principal`, by their names. */
export type RuleTexts = Readonly<Record<string, string>>

/** True only where the rule says so: a failure is a no. */
export type Rule = (principal: RulePrincipal, texts?: RuleTexts) => boolean

/** As `Rule`, once the payload is known. */
export type PayloadRule = (principal: RulePrincipal, texts: RuleTexts, payload: RulePayload) => boolean

export type Prepared = {
  /** Of a rule that looks at the payload: false where it says no whatever that is. */
  readonly allows: Rule
  /** To be asked, too, before anything is done; undefined where the rule does not look at the payload. */
  readonly allowsPayload?: PayloadRule
}

/** Told each failure: a claim that is not there, a value of a kind that does not fit, too many steps. */
export type OnRuleFailure = (message: string) => void

/** Characters of a rule. */
const longest = 4_096
/** Turns of all loops of a rule together, each time it is asked. */
export const mostTurns = 1_000
export const askTurn = 'openclaw.turn'

/**
 * `names` are those that will be in `texts`. Answers a sentence where the rule can never be right, so that nothing starts
 * with it. One that asks for nothing but the principal is asked once for each.
 */
export function compileRule(
  source: RuleSource,
  names: readonly string[],
  onFailure?: OnRuleFailure,
): Rule | string {
  const prepared = prepareRule(source, names, { payload: false }, onFailure)
  return typeof prepared === 'string' ? prepared : prepared.allows
}

/** As `compileRule`, for a rule that may look at the `payload`, too, where there is one. */
export function prepareRule(
  source: RuleSource,
  names: readonly string[],
  { payload }: { readonly payload: boolean },
  onFailure: OnRuleFailure = () => undefined,
): Prepared | string {
  if (typeof source === 'boolean') return { allows: () => source }
  if (source.length > longest) return `a rule has at most ${longest} characters`
  if (source.trim() === '') return 'a rule is true, false or an expression'
  const turns = { left: mostTurns }
  const env = createEnv(turns)
  try {
    const parsed = parse(source)
    const { expr } = parsed
    const all = ['principal', ...names, ...(payload ? ['payload'] : [])]
    const mistake = mistakeIn(env, parsed, all)
    if (mistake !== undefined) return mistake
    watchLoops(expr, askTurn)
    const ask = asker(env, expr, turns)
    if (uses(expr, ['payload'])) return twice(ask, onFailure)
    const allows: Rule = (principal, texts) => toVerdict(ask(principal, texts), onFailure)
    return { allows: uses(expr, names) ? allows : remembered(allows) }
  } catch (failure) {
    return sentence(failure)
  }
}

/** The functions of rules. `turns` are those that are left, of all loops together. */
export function createEnv(turns: { left: number }): CelEnv {
  const turn = celFunc(askTurn, [CelScalar.BOOL], CelScalar.BOOL, (goesOn) => {
    if (turns.left-- > 0) return goesOn
    throw new Error(`more than ${mostTurns} turns of loops`)
  })
  return celEnv({ funcs: [...strings, turn] })
}

type Ask = (principal: RulePrincipal, texts?: RuleTexts, payload?: RulePayload) => CelResult

function asker(env: CelEnv, expression: Expression, turns: { left: number }): Ask {
  const evaluate = plan(env, expression)
  return (principal, texts, payload) => {
    turns.left = mostTurns
    // Without what every object has: a name that nobody bound is unknown.
    const bindings = Object.assign(Object.create(null), texts, {
      principal: principalValue(principal),
      ...(payload === undefined ? {} : { payload: payloadValue(payload) }),
    }) as Bindings
    return evaluate(bindings)
  }
}

function toVerdict(answer: CelResult, onFailure: OnRuleFailure): boolean {
  if (typeof answer === 'boolean') return answer
  onFailure(isCelError(answer) ? answer.message : `gave ${typeof answer}, not true or false`)
  return false
}

/** Without its payload the rule may fail; then nothing is known yet, and who is let by is asked again. */
const twice = (ask: Ask, onFailure: OnRuleFailure): Prepared => ({
  allows: (principal, texts) => ask(principal, texts) !== false,
  allowsPayload: (principal, texts, payload) => toVerdict(ask(principal, texts, payload), onFailure),
})

/** Whether it names any of these, but for variables of its own loops. */
const uses = (expression: Expression, names: readonly string[]): boolean =>
  partsOf(expression).some(
    ({ expression: { exprKind }, bound }) =>
      exprKind.case === 'identExpr' && names.includes(exprKind.value.name) && !bound.has(exprKind.value.name),
  )

/** Only a yes is kept: every failure is told. */
function remembered(ask: Rule): Rule {
  const passed = new WeakSet<RulePrincipal>()
  return (principal) => {
    if (passed.has(principal)) return true
    const answer = ask(principal)
    if (answer) passed.add(principal)
    return answer
  }
}

const sentence = (failure: unknown): string =>
  failure instanceof RangeError
    ? 'it is nested too deeply'
    : (failure instanceof Error ? failure.message : String(failure)).replace(
        /^<input>:(\d+):(\d+): /,
        (_, line: string, column: string) => `at ${line}:${column} `,
      )
