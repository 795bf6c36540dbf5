// Which programs connect, by what they say they are: part of the events.
import type { Metrics } from './metrics.ts'

/** Names and versions are the clients' own words, and each label costs memory for ever. */
const mostKinds = 200
const nameShape = /^[A-Za-z0-9@][A-Za-z0-9@._/-]{0,63}$/
const versionShape = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,31}$/

type Program = { readonly name?: string; readonly version?: string }

const labelOf = (text: string | undefined, shape: RegExp): string =>
  text === undefined ? 'none' : shape.test(text) ? text : 'other'

export const createClientEvents = (metrics: Pick<Metrics, 'clients'>) => {
  const kinds = new Set<string>()
  return {
    /**
     * A session was opened or resumed, over a dialect of this name. Kinds past the first 200 of a node are counted as
     * `other`.
     */
    clientSeen(dialect: string, program: Program | undefined) {
      const [subprotocol = ''] = dialect.split('+')
      const client = labelOf(program?.name, nameShape)
      const version = labelOf(program?.version, versionShape)
      const kind = `${subprotocol} ${client} ${version}`
      if (kinds.size < mostKinds) kinds.add(kind)
      if (kinds.has(kind)) metrics.clients.inc({ subprotocol, client, version })
      else metrics.clients.inc({ subprotocol, client: 'other', version: 'other' })
    },
  }
}
