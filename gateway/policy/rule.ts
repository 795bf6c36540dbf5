// A rule of the configuration, `true`, `false` or an expression in CEL, made ready once and asked many times. Pure.
import { type CelEnv, CelScalar, celEnv, celFunc, isCelError, parse, plan } from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'
import { type Bindings, mistakeIn } from './check-rule.ts'
import { principalValue, type RulePrincipal } from './facts.ts'
import { type Expression, partsOf, watchLoops } from './syntax.ts'

/** As it stands in the configuration. */
export type RuleSource = boolean | string

/** Texts that a rule may use beside `principal`, by their names. */
export type RuleTexts = Readonly<Record<string, string>>

/** True only where the rule says so: a failure is a no. */
export type Rule = (principal: RulePrincipal, texts?: RuleTexts) => boolean

/** Told each failure: a claim that is not there, a value of a kind that does not fit, too many steps. */
export type OnRuleFailure = (message: string) => void

/** Characters of a rule. */
const longest = 4_096
/** Turns of all loops of a rule together, each time it is asked. */
const mostTurns = 1_000
const askTurn = 'openclaw.turn'

/**
 * `names` are those that will be in `texts`. Answers a sentence where the rule can never be right, so that nothing starts
 * with it. One that asks for nothing but the principal is asked once for each.
 */
export function compileRule(
  source: RuleSource,
  names: readonly string[],
  onFailure: OnRuleFailure = () => undefined,
): Rule | string {
  if (typeof source === 'boolean') return () => source
  if (source.length > longest) return `a rule has at most ${longest} characters`
  if (source.trim() === '') return 'a rule is true, false or an expression'
  const turns = { left: mostTurns }
  const env = createEnv(turns)
  try {
    const parsed = parse(source)
    const { expr } = parsed
    const all = ['principal', ...names]
    const mistake = mistakeIn(env, parsed, all)
    if (mistake !== undefined) return mistake
    watchLoops(expr, askTurn)
    const ask = asker(env, expr, turns, onFailure)
    return usesTexts(expr, names) ? ask : remembered(ask)
  } catch (failure) {
    return sentence(failure)
  }
}

function createEnv(turns: { left: number }): CelEnv {
  const turn = celFunc(askTurn, [CelScalar.BOOL], CelScalar.BOOL, (goesOn) => {
    if (turns.left-- > 0) return goesOn
    throw new Error(`more than ${mostTurns} turns of loops`)
  })
  return celEnv({ funcs: [...strings, turn] })
}

function asker(env: CelEnv, expression: Expression, turns: { left: number }, onFailure: OnRuleFailure): Rule {
  const evaluate = plan(env, expression)
  return (principal, texts) => {
    turns.left = mostTurns
    // Without what every object has: a name that nobody bound is unknown.
    const bindings = Object.assign(Object.create(null), texts, {
      principal: principalValue(principal),
    }) as Bindings
    const answer = evaluate(bindings)
    if (typeof answer === 'boolean') return answer
    onFailure(isCelError(answer) ? answer.message : `gave ${typeof answer}, not true or false`)
    return false
  }
}

const usesTexts = (expression: Expression, names: readonly string[]): boolean =>
  partsOf(expression).some(
    ({ expression: { exprKind } }) => exprKind.case === 'identExpr' && names.includes(exprKind.value.name),
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
