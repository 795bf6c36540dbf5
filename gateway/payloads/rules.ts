// The rules that a schema has for its messages, by protovalidate: whether there are any, and which of them are broken. Pure.
import { type DescMessage, hasOption, type Message } from '@bufbuild/protobuf'
import { pathToString } from '@bufbuild/protobuf/reflect'
import type { Validator } from '@bufbuild/protovalidate'
import { field, message as ofMessage, oneof } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js'
import { type Invalid, shorten } from './invalid.ts'

/** Violations of one message that are told. */
const mostViolations = 20

/** Whether the message, or one that may be in it, has rules. */
export function hasRules(desc: DescMessage, seen: Set<DescMessage> = new Set()): boolean {
  if (seen.has(desc)) return false
  seen.add(desc)
  return (
    hasOption(desc, ofMessage) ||
    desc.oneofs.some((each) => hasOption(each, oneof)) ||
    desc.fields.some(
      (each) => hasOption(each, field) || (each.message !== undefined && hasRules(each.message, seen)),
    )
  )
}

/** A rule that fails itself, such as a division by zero, is broken too. */
export function violationsOf(validator: Validator, desc: DescMessage, message: Message): Invalid | undefined {
  const result = validator.validate(desc, message)
  if (result.kind === 'valid') return undefined
  if (result.kind === 'error') {
    return { violations: [{ field: '', rule: 'rule', message: shorten(result.error.message) }] }
  }
  return {
    violations: result.violations.slice(0, mostViolations).map(({ field: path, ruleId, message: says }) => ({
      field: pathToString(path),
      rule: ruleId,
      message: shorten(says),
    })),
  }
}

/** Why a rule of this message can never be asked, as a sentence; undefined where all of them can be. Makes them ready, too. */
export function brokenRule(validator: Validator, desc: DescMessage, empty: Message): string | undefined {
  const result = validator.validate(desc, empty)
  return result.kind === 'error' && result.error.name === 'CompilationError'
    ? result.error.message
    : undefined
}
