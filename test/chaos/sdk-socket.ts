// The socket that the SDK is given in a chaos run: can be cut and stalled, and lets frames be seen and changed on their way.
import { WebSocket } from 'ws'
import type { SocketLike } from '../../client/index.ts'

export type Traffic = {
  onNew(socket: ChaosSocket): void
  /** What is sent in its place. */
  outward(socket: ChaosSocket, text: string): string
  /** What the SDK is shown in its place. */
  inward(socket: ChaosSocket, text: string): string
  onClosed(socket: ChaosSocket, code: number, reason: string): void
}

export class ChaosSocket implements SocketLike {
  binaryType = ''
  onopen: unknown
  onmessage: unknown
  onclose: unknown
  onerror: unknown
  readonly ws: WebSocket
  readonly port: number
  number = 0
  sends = 0
  /** We ended it. */
  ours = false

  constructor(url: string, protocols: string[], traffic: Traffic) {
    this.ws = new WebSocket(url, protocols, { perMessageDeflate: false, handshakeTimeout: 5_000 })
    this.port = Number(new URL(url).port)
    this.#traffic = traffic
    traffic.onNew(this)
    const call = (listener: unknown, event: object) =>
      (listener as ((event: object) => void) | undefined)?.(event)
    this.ws.on('error', () => call(this.onerror, {}))
    this.ws.on('open', () => call(this.onopen, {}))
    this.ws.on('message', (data: Buffer) =>
      call(this.onmessage, { data: traffic.inward(this, data.toString()) }),
    )
    this.ws.on('close', (code, reason) => {
      traffic.onClosed(this, code, reason.toString())
      call(this.onclose, { code, reason: reason.toString() })
    })
  }

  readonly #traffic: Traffic

  get protocol(): string {
    return this.ws.protocol
  }

  send(data: unknown): void {
    this.ws.send(this.#traffic.outward(this, String(data)))
  }

  close(code?: number): void {
    this.ws.close(code)
  }

  terminate(): void {
    this.ours = true
    this.ws.terminate()
  }
}
