// The full name of a new message, and where it belongs by buf's rules. Pure.

export type MessageName = {
  /** `chat.v1.Typing`. */
  readonly full: string
  /** `chat.v1`. */
  readonly package: string
  /** `Typing`. */
  readonly message: string
  /** `chat/v1/typing`, without an ending. */
  readonly path: string
}

const ours = /^(openclaw\.v\d+|buf\b|google\b)/

/** The name taken apart; a sentence where it is none that buf or this project would take. */
export function readMessageName(full: string): MessageName | string {
  const parts = full.split('.')
  const message = parts.pop() ?? ''
  const [version = '', ...rest] = parts.toReversed()
  if (!/^[A-Z][A-Za-z0-9]*$/.test(message))
    return `"${full}": write a package, a version and a message that begins with a capital, such as chat.v1.Typing`
  if (!/^v\d+((alpha|beta)\d+)?$/.test(version) || rest.length === 0)
    return `"${full}": the package ends in its version, such as chat.v1, so that there can be another one later`
  if (!rest.every((part) => /^[a-z][a-z0-9_]*$/.test(part)))
    return `"${full}": a package is of a-z 0-9 _ with dots between, such as chat.v1`
  const name = parts.join('.')
  if (ours.test(name)) return `"${full}": ${name} is not for messages of your own; choose another package`
  const file = message.replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3_$2').toLowerCase()
  return { full, package: name, message, path: [...parts, file].join('/') }
}
