// What a client keeps of its session from one connection to the next: who it is, where it stands, how often it came back.
type Fields = Readonly<Record<string, unknown>>

export type Welcome = {
  readonly session: string
  readonly resumed: boolean
  readonly recovered: boolean
  /** The session that the client had before, if it had one. */
  readonly before: string | undefined
  readonly heartbeatMs: number
}

export class ClientSession {
  id: string | undefined
  /** The latest position that was seen: where a resume begins. */
  position: string | undefined
  #resumeToken: string | undefined
  #attempt = 0

  /** `resume` of the next hello, undefined for a first one. Each call counts as an attempt. */
  nextAttempt():
    | { readonly token: string; readonly attempt: number; readonly position: string | undefined }
    | undefined {
    const [token, position] = [this.#resumeToken, this.position]
    return token === undefined ? undefined : { token, attempt: ++this.#attempt, position }
  }

  /** Takes what a `welcome` says. */
  welcomed(fields: Fields): Welcome {
    const session = String(fields['session'])
    const [resumed, recovered] = [fields['resumed'] === true, fields['recovered'] === true]
    const before = this.id
    if (before !== session) this.#attempt = 0
    this.id = session
    this.#resumeToken = String(fields['resumeToken'])
    this.position = String(fields['position'])
    return { session, resumed, recovered, before, heartbeatMs: Number(fields['heartbeatMs']) }
  }
}
