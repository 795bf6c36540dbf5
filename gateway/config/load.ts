// Reads the configuration: file, then variables, then overrides; checks all of it at once and freezes what is good.
import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { z } from 'zod'
import { type ConfigDocument, readDocument } from './document.ts'
import { type Environment, type Overlay, readEnvironment } from './environment.ts'
import { examine } from './examine.ts'
import { fieldAt, pathText } from './fields.ts'
import { interpolate } from './interpolate.ts'
import { literalSecrets } from './literal-secrets.ts'
import type { Problem } from './problem.ts'
import type { Config, settings } from './settings.ts'
import { freeze, isSection, isWithin, leaves, type Path, valueAt, withValue } from './tree.ts'

type Partially<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Partially<T[K]> | undefined }
    : T

/** Settings as they stand in the file, each of them optional. */
export type Overrides = Partially<z.input<typeof settings>>

export type LoadOptions = {
  /** The YAML file; without one there are only variables, overrides and defaults. */
  readonly file?: string
  readonly env: Environment
  /** Settings that win over file and variables. */
  readonly overrides?: Overrides
}

/** Where a value came from, by setting: `openclaw.yaml:12:3`, a variable, or `overrides`. Defaults are not in it. */
export type Sources = ReadonlyMap<string, string>

export type Loaded =
  | { readonly ok: true; readonly config: Config; readonly sources: Sources }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const nameOf = (file: string): string => {
  const near = relative(process.cwd(), file)
  return near.startsWith('..') ? file : near
}

const readFile = (file: string | undefined): ConfigDocument => {
  if (file === undefined) return readDocument('', 'configuration')
  try {
    return readDocument(readFileSync(file, 'utf8'), nameOf(file))
  } catch (failure) {
    const isMissing = (failure as NodeJS.ErrnoException).code === 'ENOENT'
    const message = isMissing ? 'there is no such file' : 'the file cannot be read'
    return { ...readDocument('', nameOf(file)), problems: [{ where: nameOf(file), path: '', message }] }
  }
}

const overlay = (raw: unknown, overlays: readonly Overlay[]): unknown =>
  overlays.reduce((root, { path, value }) => withValue(root, path, value), raw)

/** Every file that the settings name, found from the folder of the configuration. */
const withAbsoluteFiles = <T>(value: T, folder: string, path: Path = []): T => {
  if (typeof value === 'string') return (fieldAt(path)?.file ? resolve(folder, value) : value) as T
  if (Array.isArray(value))
    return value.map((each, at) => withAbsoluteFiles(each, folder, [...path, at])) as T
  if (!isSection(value)) return value
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, each]) => [key, withAbsoluteFiles(each, folder, [...path, key])]),
  ) as T
}

/**
 * Loads and checks the configuration. Answers either a deeply frozen configuration with the source of every value that
 * is not a default, or all problems at once; it never throws for what stands in the file or in a variable.
 */
export const loadConfig = ({ file, env, overrides = {} }: LoadOptions): Loaded => {
  const folder = file === undefined ? process.cwd() : dirname(resolve(file))
  const document = readFile(file)
  if (document.problems.length > 0) return { ok: false, problems: document.problems }
  const filled = interpolate(document.raw, env, folder)
  const fromEnvironment = readEnvironment(env, filled.referenced)
  const overlays: readonly Overlay[] = [
    ...fromEnvironment.overlays,
    ...leaves(overrides, false)
      .filter((path) => path.length > 0)
      .map((path) => ({ path: path.map(String), value: valueAt(overrides, path), variable: 'overrides' })),
  ]
  const overlaid = (path: Path) => overlays.findLast((each) => isWithin(path, each.path))?.variable
  const where = (path: Path) => overlaid(path) ?? document.where(path)
  const raw = overlay(filled.value, overlays)
  const known = filled.findings.filter(({ path }) => overlaid(path) === undefined)
  const { config, findings } = examine(raw, folder, known)
  const isDevelopment = valueAt(raw, ['development']) === true
  const literal = isDevelopment ? [] : literalSecrets(document.raw)
  // What is wrong with a setting is said once, and a variable over it takes the place of what stands in the file.
  const secrets = literal.filter(
    ({ path }) => overlaid(path) === undefined && !findings.some((each) => isWithin(path, each.path)),
  )
  const problems = [
    ...fromEnvironment.problems,
    ...document.inOrder([...findings, ...secrets]).map((each) => ({
      where: where(each.path),
      path: pathText(each.path),
      message: each.message,
    })),
  ]
  if (config === undefined || problems.length > 0) return { ok: false, problems }
  const sources = new Map(leaves(raw, true).map((path) => [pathText(path), where(path)]))
  return { ok: true, config: freeze(withAbsoluteFiles(config, folder)), sources }
}
