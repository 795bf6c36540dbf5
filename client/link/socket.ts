// As much of a WebSocket as is needed here; that of browsers, of Node and of the package ws all have it.

export type SocketLike = {
  binaryType: string
  readonly protocol: string
  onopen: unknown
  onmessage: unknown
  onclose: unknown
  onerror: unknown
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  /** Of ws: ends it without a word. */
  terminate?(): void
}

export type SocketClass = new (url: string, protocols: string[]) => SocketLike

export type SocketEvents = {
  onOpen(protocol: string): void
  onData(data: unknown): void
  onEnd(code: number, reason: string): void
}

/** Milliseconds the other side has to answer a goodbye. */
const farewellMs = 1_000

/** A socket whose end comes once and in time, whoever ends it. Throws where the address is none. */
export function openSocket(Socket: SocketClass, url: string, subprotocol: string, events: SocketEvents) {
  const socket = new Socket(url, [subprotocol])
  let open = false
  let ended = false
  let farewell: ReturnType<typeof setTimeout> | undefined
  const end = (code: number, reason: string) => {
    if (ended) return
    ended = true
    open = false
    clearTimeout(farewell)
    events.onEnd(code, reason)
  }
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => {
    if (ended) return
    open = true
    events.onOpen(socket.protocol)
  }
  socket.onmessage = ({ data }: { data: unknown }) => {
    if (!ended) events.onData(data)
  }
  socket.onerror = () => {}
  socket.onclose = ({ code, reason }: { code: number; reason?: string }) => end(code, reason ?? '')
  /** Ends it at once, as far as we are concerned. */
  const cut = (reason: string) => {
    end(1006, reason)
    try {
      if (socket.terminate) socket.terminate()
      else socket.close()
    } catch {
      // It never came to be.
    }
  }
  return {
    /** False where it is not open. */
    send(data: string | Uint8Array<ArrayBuffer>): boolean {
      if (!open) return false
      socket.send(data)
      return true
    },
    /** A goodbye. Without a code the session waits for us. */
    close(code?: number): void {
      if (!open) return cut('closed while it was opened')
      farewell ??= setTimeout(() => cut('no answer to our goodbye'), farewellMs)
      if (code === undefined) socket.close()
      else socket.close(code)
    },
    cut,
  }
}
