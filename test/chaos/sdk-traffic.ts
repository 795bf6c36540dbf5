// What the SDK and the gateway say to each other in a chaos run: told as events, under the ids that the run knows.
import type { ClientEvent } from '../support/client-events.ts'
import type { Sendable } from '../support/unanswered.ts'
import type { ChaosSocket } from './sdk-socket.ts'

type Frame = Record<string, Record<string, unknown>>

export class SdkTraffic {
  /** Of the last welcome. */
  session: string | undefined
  /** What was sent and has no answer, by uuid: that is the id on the wire, too, for the checks know no other. */
  readonly sent = new Map<string, { readonly what: Sendable; id: string }>()
  /** In which order deliveries came. */
  readonly places = new Map<string, number>()
  readonly #tell: (event: ClientEvent) => void
  #deliveries = 0

  constructor(tell: (event: ClientEvent) => void) {
    this.#tell = tell
  }

  /** Marks each send, so that the logs show which one they hold. Answers the text to send. */
  outward(socket: ChaosSocket, text: string): string {
    const [kind = '', fields = {}] = Object.entries(JSON.parse(text) as Frame)[0] ?? []
    const { number: connection, port } = socket
    if (kind === 'hello') {
      const attempt = (fields['resume'] as { attempt?: number } | undefined)?.attempt
      const resumes = attempt === undefined ? undefined : this.session
      this.#tell({ kind: 'hello', connection, port, resumes, attempt })
    }
    if (kind === 'cancel') {
      const [uuid] = [...this.sent].find(([, { id }]) => id === fields['id']) ?? []
      return JSON.stringify({ cancel: { id: uuid ?? fields['id'] } })
    }
    if (kind !== 'publish' && kind !== 'request') return text
    const { uuid } = fields['payload'] as { uuid: string }
    const sent = this.sent.get(uuid)
    if (sent === undefined) return text
    sent.id = String(fields['id'])
    const nth = ++socket.sends
    this.#tell({ kind: 'sent', connection, nth, what: sent.what })
    return JSON.stringify({ [kind]: { ...fields, id: uuid, headers: { 'x-send': `${connection}.${nth}` } } })
  }

  /** Answers the text to show to the SDK. */
  inward({ number: connection }: ChaosSocket, text: string): string {
    const [kind = '', fields = {}] = Object.entries(JSON.parse(text) as Frame)[0] ?? []
    if (kind === 'welcome') {
      const [session, before] = [String(fields['session']), this.session]
      this.session = session
      const { resumed, recovered } = fields as { resumed: boolean; recovered: boolean }
      this.#tell({ kind: 'welcome', connection, session, resumed, recovered, before })
    } else if (kind === 'refusal') {
      const { id, code, retryable } = fields as { id?: string; code: string; retryable: boolean }
      this.#tell({ kind: 'refusal', connection, id, code, retryable })
    } else if (kind === 'goaway') {
      this.#tell({ kind: 'goaway', connection, reconnectAfterMs: Number(fields['reconnectAfterMs']) })
    } else if (kind === 'message' || kind === 'reply')
      this.places.set((fields['payload'] as { uuid: string }).uuid, ++this.#deliveries)
    if (kind !== 'ack' && kind !== 'refusal' && kind !== 'reply') return text
    const id = this.sent.get(String(fields['id']))?.id ?? fields['id']
    return JSON.stringify({ [kind]: { ...fields, id } })
  }
}
