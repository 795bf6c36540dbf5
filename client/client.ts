// The client: its parts put together over one link to the gateway.
import { type ConnectionError, closedByUs, OpenClawError } from './errors.ts'
import { Emitter } from './events.ts'
import { LazyLink } from './link/lazy-link.ts'
import type { OpenLink, State, StateChange } from './link/link.ts'
import { SocketLink } from './link/socket-link.ts'
import { ask } from './parts/asking.ts'
import { Calls } from './parts/calls.ts'
import { Deliveries } from './parts/deliveries.ts'
import { createPublishing, toSending } from './parts/publishing.ts'
import { Requesting } from './parts/requesting.ts'
import { Subscribing } from './parts/subscribing.ts'
import { type ClientOptions, type Settings, toSettings } from './settings.ts'
import { onAbort } from './stream.ts'
import type { Client, ClientEvents } from './types.ts'
import type { ServerFrame, Welcome } from './wire/frames.ts'

/** Makes a client; nothing is opened before `connect`. Throws a TypeError for an option that cannot be used. */
export function createClient(options: ClientOptions): Client {
  const settings = toSettings(options)
  const { shared = false } = options
  return compose(settings, (listener) => {
    if (shared === false) return new SocketLink(settings, listener)
    return new LazyLink(async () => {
      const { SharedLink } = await import('./shared/shared-link.ts')
      return new SharedLink(settings, listener, shared === true ? String(await settings.url()) : shared)
    }, settings.log)
  })
}

function compose(settings: Settings, openLink: OpenLink): Client {
  const { log, bufferLimit } = settings
  // A listener that throws is told in the log alone: to tell listeners of it could go on for ever.
  const events = new Emitter<ClientEvents>((error) => log.error('openclaw: a listener threw', error))
  const failed = (error: unknown) => {
    // One of ours says itself what it is, such as a subscription that was refused; a handler may throw on what it was told.
    log.error(
      error instanceof OpenClawError ? `openclaw: ${error.message}` : 'openclaw: a handler threw',
      error,
    )
    events.emit('error', error)
  }
  let state: StateChange = { state: 'idle' }
  let welcome: Welcome | undefined
  let sequence = 0
  let unheard = false
  const nextSequence = () => ++sequence

  const link = openLink({
    onState(change) {
      state = change
      if (change.state === 'closed') giveUp(change.error)
      events.emit('state', change)
    },
    onWelcome(given) {
      const before = welcome
      welcome = given
      deliveries.onWelcome(given)
      requesting.onWelcome(given)
      if (before !== undefined && !given.recovered) events.emit('gap', { session: given.session })
      subscribing.onWelcome()
      calls.onWelcome(given)
      events.emit('welcome', given)
    },
    onFrame,
    onLost(tooLarge) {
      subscribing.onLost()
      calls.onLost(tooLarge)
    },
    onTheWay: () => calls.onTheWay,
  })
  const send: typeof link.send = (frame) => link.send(frame)
  const calls = new Calls(settings, send)
  const requesting = new Requesting(calls, send, nextSequence)
  const publish = createPublishing(calls, nextSequence)
  const deliveries = new Deliveries({
    confirm: (position) => link.handled(position),
    failed,
    onUnheard() {
      if (!unheard)
        log.warn(
          'openclaw: a message came and nobody listens; call messages() or onMessage() before connect()',
        )
      unheard = true
    },
  })
  const isOpen = () => state.state === 'open'
  const subscribing = new Subscribing(calls, { bufferLimit, failed, isOpen })

  function onFrame(frame: ServerFrame): void {
    if (frame.kind === 'heartbeat') return deliveries.onHeartbeat(frame.position)
    if (frame.kind === 'reply') {
      const handled = deliveries.onReply(frame)
      if (handled && !calls.onAnswer(frame.id, frame, handled)) handled()
      return
    }
    if (frame.kind !== 'message' && 'id' in frame && frame.id !== undefined) {
      calls.onAnswer(frame.id, frame, () => {})
      return
    }
    if (subscribing.onFrame(frame)) return
    if (frame.kind === 'message') {
      const { kind: _, ...message } = frame
      deliveries.onMessage(message)
    } else tell(frame)
  }

  function tell(frame: ServerFrame): void {
    const { kind, ...what } = frame
    if (kind === 'refusal') events.emit('refused', what as ClientEvents['refused'])
    else if (kind !== 'pong') events.emit(kind as keyof ClientEvents, what as never)
  }

  function giveUp(error: ConnectionError | undefined): void {
    welcome = undefined
    calls.failAll(error ?? closedByUs())
    subscribing.endAll(error)
    if (error === undefined) deliveries.end()
  }

  return {
    get state(): State {
      return state.state
    },
    get session() {
      return welcome?.session
    },
    get waiting() {
      return calls.size
    },
    connect({ signal } = {}) {
      const opened = Promise.withResolvers<Welcome>()
      opened.promise.catch(() => {})
      if (isOpen() && welcome !== undefined) opened.resolve(welcome)
      const stops = [
        events.on('welcome', opened.resolve),
        events.on('state', (change) => {
          if (change.state === 'closed') opened.reject(change.error ?? closedByUs())
        }),
        onAbort(signal, (reason) => {
          opened.reject(reason)
          void link.stop(false)
        }),
      ]
      const stop = () => {
        for (const each of stops) each()
      }
      opened.promise.then(stop, stop)
      if (!signal?.aborted) link.start()
      return opened.promise
    },
    async close({ drainMs = 0, keepSession = false } = {}) {
      const until = performance.now() + drainMs
      while (calls.size > 0 && performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 10))
      await link.stop(keepSession)
    },
    publish,
    cast: (target, payload, options = {}) =>
      link.send({ kind: 'publish', ...toSending(target, payload, options) }) === 'sent',
    request(target, payload, options) {
      const reply = requesting.request(target, payload, options)
      reply.catch(() => {})
      return reply
    },
    requestStream: (target, payload, options) => requesting.stream(target, payload, options),
    subscribe: (channel, options, handler) => subscribing.subscribe(channel, options, handler),
    presence: (channel, options) => ask(calls, channel, options),
    messages: (options) => deliveries.read(options),
    onMessage: (handler, options) => deliveries.handle(handler, options),
    on: (event, listener) => events.on(event, listener),
  }
}
