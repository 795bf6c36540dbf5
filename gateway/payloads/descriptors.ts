// Descriptors of messages out of one or several images, as `buf build` and `protoc --descriptor_set_out` write them. Pure.
import {
  clone,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  toBinary,
} from '@bufbuild/protobuf'
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt'

/** One image: where it is from, for people, and its bytes. */
export type Image = { readonly name: string; readonly bytes: Uint8Array }

export type Descriptors = {
  readonly registry: FileRegistry
  /** A message by its full name. */
  find(name: string): DescMessage | undefined
  /** Full names of all messages, those nested in others among them. */
  readonly names: readonly string[]
}

/** Files that everybody has a copy of, of one version or another; the first is as good as the next. */
const isCommon = (file: string): boolean => /^(google\/protobuf|buf\/validate)\//.test(file)

/** All images as one. A sentence where one cannot be read, or two contradict each other. */
export function mergeImages(images: readonly Image[]): Descriptors | string {
  const files = new Map<string, { readonly file: FileDescriptorProto; readonly image: string }>()
  for (const { name: image, bytes } of images) {
    const read = readImage(bytes)
    if (read === undefined || read.file.length === 0)
      return `${image} is no image of descriptors; make one with \`buf build -o image.binpb\``
    for (const file of read.file) {
      const known = files.get(file.name)
      if (known === undefined) files.set(file.name, { file, image })
      else if (!isCommon(file.name) && !isSame(known.file, file))
        return `${file.name} is not the same in ${known.image} and in ${image}; build both from one version`
    }
  }
  try {
    const all = {
      $typeName: FileDescriptorSetSchema.typeName,
      file: [...files.values()].map(({ file }) => file),
    }
    const registry = createFileRegistry(all satisfies FileDescriptorSet)
    return describe(registry, (file) => files.get(`${file}.proto`)?.image ?? '')
  } catch (failure) {
    return `the images do not fit together: ${failure instanceof Error ? failure.message : String(failure)}`
  }
}

function readImage(bytes: Uint8Array): FileDescriptorSet | undefined {
  try {
    return fromBinary(FileDescriptorSetSchema, bytes)
  } catch {
    return undefined
  }
}

/** Comments, and what a tool wrote beside the descriptor, make no difference. */
const bare = (file: FileDescriptorProto): Buffer => {
  const copy = clone(FileDescriptorProtoSchema, file)
  delete copy.sourceCodeInfo
  delete copy.$unknown
  return Buffer.from(toBinary(FileDescriptorProtoSchema, copy))
}

const isSame = (one: FileDescriptorProto, other: FileDescriptorProto): boolean =>
  bare(one).equals(bare(other))

function describe(registry: FileRegistry, imageOf: (file: string) => string): Descriptors | string {
  const messages = new Map<string, DescMessage>()
  for (const file of registry.files) {
    for (const message of file.messages.flatMap(withNested)) {
      const known = messages.get(message.typeName)
      if (known !== undefined)
        return `${message.typeName} is in ${whereIs(known, imageOf)} and in ${whereIs(message, imageOf)}; a message has one place`
      messages.set(message.typeName, message)
    }
  }
  return { registry, find: (name) => messages.get(name), names: [...messages.keys()] }
}

const whereIs = ({ file: { name } }: DescMessage, imageOf: (file: string) => string): string =>
  `${name}.proto (${imageOf(name)})`

const withNested = (message: DescMessage): readonly DescMessage[] => [
  message,
  ...message.nestedMessages.flatMap(withNested),
]
