// Rules that are not what they were: no byte becomes unreadable, but clients of yesterday may be refused.
import {
  createFileRegistry,
  type DescMessage,
  fromBinary,
  getOption,
  hasOption,
  toJson,
} from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { MessageRulesSchema, message as ruleOption } from '#messages/buf/validate/validate_pb.ts'
import { rulesOf } from '../asyncapi/rules.ts'

const messagesIn = (image: Uint8Array): ReadonlyMap<string, DescMessage> => {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image))
  const messages = [...registry].filter((each) => each.kind === 'message')
  return new Map(messages.map((each) => [each.typeName, each]))
}

const ofMessage = (desc: DescMessage): string =>
  hasOption(desc, ruleOption) ? JSON.stringify(toJson(MessageRulesSchema, getOption(desc, ruleOption))) : '{}'

const said = (rules: string): string => (rules === '{}' ? 'no rule' : rules)

const change = (where: string, before: string, after: string): readonly string[] =>
  before === after ? [] : [`${where}: ${said(before)} before, ${said(after)} now`]

/** One sentence for each field and message whose rules differ between two images. */
export function ruleChanges(before: Uint8Array, after: Uint8Array): readonly string[] {
  const now = messagesIn(after)
  return [...messagesIn(before)].flatMap(([name, old]) => {
    const desc = now.get(name)
    if (desc === undefined) return []
    const inFields = old.fields.flatMap((field) => {
      const same = desc.fields.find(({ number }) => number === field.number)
      if (same === undefined) return []
      const [was, is] = [field, same].map((each) => JSON.stringify(rulesOf(each)))
      return change(`${name}.${same.name}`, was ?? '', is ?? '')
    })
    return [...change(name, ofMessage(old), ofMessage(desc)), ...inFields]
  })
}
