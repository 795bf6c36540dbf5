// `${env:NAME}` and `${file:PATH}` inside strings of the file, so that secrets need not stand in it.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Environment, fromText } from './environment.ts'
import { fieldAt } from './fields.ts'
import type { Finding } from './problem.ts'
import type { Path } from './tree.ts'

export type Interpolated = {
  readonly value: unknown
  readonly findings: readonly Finding[]
  /** Names of the variables that were asked for, set or not. */
  readonly referenced: ReadonlySet<string>
}

const reference = /\$\{(\w+):([^}]*)\}/g

/** Replaces the references in every string of `root`. Files are found from `folder`; their last line end is dropped. */
export const interpolate = (root: unknown, env: Environment, folder: string): Interpolated => {
  const findings: Finding[] = []
  const referenced = new Set<string>()

  const fromFile = (path: Path, name: string): string => {
    try {
      return readFileSync(resolve(folder, name), 'utf8').replace(/\r?\n$/, '')
    } catch {
      findings.push({ path, message: `cannot read the file ${name}` })
      return ''
    }
  }
  const fromEnvironment = (path: Path, name: string): string => {
    referenced.add(name)
    const text = env[name] ?? ''
    if (text === '') findings.push({ path, message: `the variable ${name} is not set` })
    return text
  }
  const replace = (path: Path, text: string): unknown => {
    const filled = text.replace(reference, (_, how: string, name: string) => {
      if (how === 'env') return fromEnvironment(path, name)
      if (how === 'file') return fromFile(path, name)
      findings.push({ path, message: `\${${how}:…} is not known; use \${env:NAME} or \${file:PATH}` })
      return ''
    })
    const kind = filled === text ? undefined : fieldAt(path)?.kind
    const isListed = kind === 'list' && typeof path.at(-1) === 'number'
    return kind === undefined || isListed ? filled : fromText(kind, filled)
  }
  const visit = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return replace(path, value)
    if (Array.isArray(value)) return value.map((each, at) => visit(each, [...path, at]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, visit(each, [...path, key])]))
  }
  return { value: visit(root, []), findings, referenced }
}
