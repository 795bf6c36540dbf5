// A rule as a tree: its parts, the names it uses, and how many steps its loops may take. Pure.
import { parse } from '@bufbuild/cel'

export type Parsed = ReturnType<typeof parse>
export type Expression = Parsed['expr']

/** One part of a rule, with the variables of the loops around it. */
export type Part = { readonly expression: Expression; readonly bound: ReadonlySet<string> }

type Found = readonly [Expression | undefined, ReadonlySet<string>]

function inside({ exprKind }: Expression, bound: ReadonlySet<string>): readonly Found[] {
  const { case: kind, value } = exprKind
  const here = (...all: (Expression | undefined)[]): readonly Found[] => all.map((each) => [each, bound])
  if (kind === 'selectExpr') return here(value.operand)
  if (kind === 'callExpr') return here(value.target, ...value.args)
  if (kind === 'listExpr') return here(...value.elements)
  if (kind === 'structExpr') {
    return value.entries.flatMap(({ keyKind, value: of }) =>
      here(keyKind.case === 'mapKey' ? keyKind.value : undefined, of),
    )
  }
  if (kind !== 'comprehensionExpr') return []
  const { iterVar, iterVar2, accuVar, iterRange, accuInit, loopCondition, loopStep, result } = value
  const loop = new Set([...bound, iterVar, iterVar2, accuVar])
  return [...here(iterRange, accuInit), [loopCondition, loop], [loopStep, loop], [result, loop]]
}

/** Every part of the rule, the whole first. */
export function partsOf(expression: Expression, bound: ReadonlySet<string> = new Set()): readonly Part[] {
  return [
    { expression, bound },
    ...inside(expression, bound).flatMap(([part, names]) => (part === undefined ? [] : partsOf(part, names))),
  ]
}

/** Makes every turn of every loop ask the function `name` first. Changes `expression`. */
export function watchLoops(expression: Expression, name: string): void {
  for (const { expression: part } of partsOf(expression)) {
    if (part.exprKind.case !== 'comprehensionExpr') continue
    const loop = part.exprKind.value
    const asked = parse(`${name}(true)`).expr
    if (asked.exprKind.case !== 'callExpr' || loop.loopCondition === undefined) continue
    asked.exprKind.value.args = [loop.loopCondition]
    loop.loopCondition = asked
  }
}
