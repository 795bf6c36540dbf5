// Secrets that stand in the file itself: whoever reads it, copies it or keeps its history has them. Pure.
import { fieldAt } from './fields.ts'
import type { Finding } from './problem.ts'
import { isSection, type Path } from './tree.ts'

const reference = /\$\{(env|file):[^}]+\}/
/** Whatever stands between a user's colon and the @ of a URL. */
const passwordInUrl = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s@:]*:([^/?#\s]+)@/i

const isLiteral = (path: Path, text: string): boolean => {
  if (text === '') return false
  if (fieldAt(path)?.secret) return !reference.test(text)
  const password = passwordInUrl.exec(text)?.[1]
  return password !== undefined && !reference.test(password)
}

/** Each secret of the file, before references were followed, that is no reference. None is repeated in a message. */
export const literalSecrets = (raw: unknown, path: Path = []): readonly Finding[] => {
  if (Array.isArray(raw)) return raw.flatMap((each, at) => literalSecrets(each, [...path, at]))
  if (isSection(raw))
    return Object.entries(raw).flatMap(([key, each]) => literalSecrets(each, [...path, key]))
  if ((typeof raw !== 'string' && typeof raw !== 'number') || !isLiteral(path, String(raw))) return []
  const message = 'a secret must not stand in the file; write ${env:NAME} or ${file:PATH} for it'
  return [{ path, message, involves: [['development']] }]
}
