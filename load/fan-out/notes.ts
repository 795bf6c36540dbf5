// What the processes of the fan-out tell each other: orders for the servers, orders and notes of those that listen.

/** What a server is to send at each `go`: `burst` messages at once. */
export type Order = {
  /** JSON of the wanted size. */
  readonly payload: string
  /** The payload in the frame's text that the gateway would make of it: what the floors write. */
  readonly frame: string
  readonly burst: number
}

/** How a connection becomes a listener of one side. */
export type Greeting = {
  readonly path: string
  readonly subprotocol?: string
  /** Each is sent (nothing, where it is empty) and then one frame awaited. Per connection, where it has a token. */
  readonly steps: readonly string[]
}

/** In the texts of a greeting: the token of the connection. */
export const tokenPlace = '<token>'

export type ListenerOrder =
  | {
      readonly order: 'open'
      readonly side: string
      readonly port: number
      readonly count: number
      readonly greeting: Greeting
      readonly tokens: readonly string[]
    }
  /** Counting begins at zero; a note is sent each time that every listener of the side has got `burst` more. */
  | { readonly order: 'begin'; readonly side: string; readonly burst: number }
  | { readonly order: 'end'; readonly side: string }
  | { readonly order: 'close'; readonly side: string }

export type ListenerNote =
  | { readonly note: 'done' }
  | { readonly note: 'reached' }
  /** Messages that the listener with the fewest and the one with the most has got, and connections that ended. */
  | { readonly note: 'counts'; readonly least: number; readonly most: number; readonly closed: number }
  | { readonly note: 'failed'; readonly message: string }
