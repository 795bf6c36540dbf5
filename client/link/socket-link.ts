// Keeps one connection to the gateway: attempts, their pace, what is resumed, and a move when a node asks for it.
import { backOff } from '../rules/backoff.ts'
import { SessionMemory } from '../rules/session-memory.ts'
import type { Settings, TokenReason } from '../settings.ts'
import type { ClientFrame, Codec, ServerFrame, Welcome } from '../wire/frames.ts'
import { codecLoader } from '../wire/load.ts'
import { Confirming } from './confirming.ts'
import { type Connection, openConnection } from './connection.ts'
import { explain } from './explain.ts'
import type { Link, LinkListener, Sent, StateChange } from './link.ts'
import { type Outcome, outcomeOf, outcomeOfFailure, refusedForGood } from './outcome.ts'
import { rest } from './rest.ts'
import { Tokens } from './tokens.ts'

/** Milliseconds that answers are waited for before a move. */
const finishMs = 2_000
/** Tokens that may be refused one after the other. */
const mostRefused = 3

export class SocketLink implements Link {
  readonly #settings: Settings
  readonly #listener: LinkListener
  readonly #memory: SessionMemory
  readonly #tokens: Tokens
  readonly #confirming: Confirming
  #run: { readonly stopping: AbortController; readonly over: Promise<void> } | undefined
  #connection: Connection | undefined
  readonly #codec: () => Promise<Codec>
  #failures = 0
  #tokensRefused = 0
  #lastToken: string | undefined
  #renewals = 0
  /** Not to come back before, by `performance.now()`; set by `goaway`. */
  #awayUntil = 0
  #moving: ReturnType<typeof setTimeout> | undefined
  #finishing = false

  constructor(settings: Settings, listener: LinkListener, memory = new SessionMemory()) {
    this.#settings = settings
    this.#listener = listener
    this.#memory = memory
    this.#tokens = new Tokens(settings.token)
    this.#codec = codecLoader(settings)
    this.#confirming = new Confirming(
      settings.confirm,
      (position) => void this.#connection?.send({ kind: 'confirm', position }),
    )
  }

  start(): void {
    if (this.#run !== undefined) return
    const stopping = new AbortController()
    this.#failures = this.#tokensRefused = this.#awayUntil = 0
    const over = this.#keepUp(stopping.signal).catch((error: unknown) =>
      this.#settings.log.error('openclaw', error),
    )
    this.#run = { stopping, over }
  }

  async stop(keepSession: boolean): Promise<void> {
    const run = this.#run
    this.#confirming.flush()
    run?.stopping.abort()
    this.#connection?.close(keepSession ? undefined : 1000)
    await run?.over
    if (!keepSession) this.#memory.forget()
    this.#tell({ state: 'closed', reason: 'closed' })
  }

  send(frame: ClientFrame): Sent {
    if (this.#finishing || this.#connection === undefined) return 'not-now'
    return this.#connection.send(frame)
  }

  handled(position: string): void {
    this.#memory.handled(position)
    if (this.#settings.confirms) this.#confirming.handled(position)
  }

  /** The loop of a running link; ends when it is stopped or there is no use in coming back. */
  async #keepUp(stopping: AbortSignal): Promise<void> {
    let reason: TokenReason = 'connect'
    while (!stopping.aborted) {
      this.#tell({ state: 'connecting' })
      const { advice, error, floorMs } = await this.#attempt(reason, stopping)
      if (stopping.aborted) break
      if (advice.ends) this.#memory.forget()
      if (advice.step === 'stop') {
        this.#run = undefined
        this.#settings.log.warn(`openclaw: ${error.message}`)
        return this.#tell({ state: 'closed', reason: error.code, error })
      }
      reason = advice.step === 'renew' ? 'refused' : 'connect'
      const asked = Math.max(floorMs, this.#awayUntil - performance.now())
      // Who was asked to come back at a time need not spread out any more.
      const spread =
        this.#awayUntil > 0 ? 0 : backOff(this.#failures++, this.#settings.random(), this.#settings.backOff)
      const retryInMs = Math.round(Math.max(0, asked) + spread)
      this.#awayUntil = 0
      this.#tell({ state: 'waiting', reason: error.code, error, retryInMs })
      await rest(retryInMs, stopping)
    }
    this.#run = undefined
  }

  async #attempt(reason: TokenReason, stopping: AbortSignal): Promise<Outcome> {
    const settings = this.#settings
    try {
      const [url, codec, token] = [await settings.url(), await this.#codec(), await this.#tokens.get(reason)]
      if (reason === 'refused' && (token === this.#lastToken || ++this.#tokensRefused >= mostRefused))
        return refusedForGood(outcomeOf(refused, undefined, url).error)
      this.#lastToken = token
      if (stopping.aborted) return outcomeOf(refused, undefined, url)
      const resume = this.#memory.nextAttempt()
      const hello = { token, client: settings.client, confirms: settings.confirms, resume }
      const connection = openConnection(settings, url, codec, hello, {
        onWelcome: (welcome) => this.#onWelcome(welcome),
        onFrame: (frame) => this.#onFrame(frame),
      })
      this.#connection = connection
      const end = await connection.ended
      this.#connection = undefined
      this.#forgetConnection()
      const tells = !end.opened && !stopping.aborted
      const outcome = outcomeOf(end, tells ? await explain(settings, url, codec.subprotocol) : undefined, url)
      if (end.welcomed) this.#listener.onLost(outcome.advice.tooLarge === true)
      else if (tells && this.#failures === 0) settings.log.warn(`openclaw: ${outcome.error.message}`)
      return outcome
    } catch (failure) {
      const outcome = outcomeOfFailure(failure)
      settings.log.warn(`openclaw: ${outcome.error.message}`)
      return outcome
    }
  }

  #onWelcome(welcome: Welcome): void {
    this.#failures = this.#tokensRefused = 0
    this.#memory.welcomed(welcome)
    this.#tokens.before(welcome.expiresAt, () => this.#renew())
    this.#tell({ state: 'open' })
    this.#listener.onWelcome(welcome)
  }

  #onFrame(frame: ServerFrame): void {
    const ours = 'id' in frame && frame.id?.startsWith('~auth-')
    if (frame.kind === 'authenticated') this.#tokens.before(frame.expiresAt, () => this.#renew())
    else if (frame.kind === 'refusal' && ours)
      this.#settings.log.warn(`openclaw: the fresh token was refused: ${frame.message}`)
    else this.#listener.onFrame(frame)
    if (frame.kind === 'expiring') this.#renew()
    if (frame.kind === 'goaway') this.#moveAfter(frame.reconnectAfterMs)
    if (this.#finishing && this.#listener.onTheWay() === 0) this.#leave()
  }

  #renew(): void {
    this.#tokens
      .get('expiring')
      .then((token) => {
        if (token === undefined) return
        this.#connection?.send({ kind: 'authenticate', id: `~auth-${++this.#renewals}`, token })
      })
      .catch((error: unknown) => this.#settings.log.warn('openclaw: no fresh token', error))
  }

  /** The node wants us to go: what is on its way is waited for, nothing new is sent, and we come back at once. */
  #moveAfter(ms: number): void {
    clearTimeout(this.#moving)
    this.#awayUntil = Math.max(performance.now() + ms, 1)
    this.#moving = setTimeout(() => {
      this.#finishing = true
      if (this.#listener.onTheWay() === 0) this.#leave()
      else this.#moving = setTimeout(() => this.#leave(), finishMs)
    }, ms)
  }

  #leave(): void {
    clearTimeout(this.#moving)
    this.#confirming.flush()
    // Without a code, so that the session waits for us.
    this.#connection?.close()
  }

  #forgetConnection(): void {
    clearTimeout(this.#moving)
    this.#tokens.forget()
    this.#confirming.reset()
    this.#finishing = false
  }

  #tell(change: StateChange): void {
    this.#listener.onState(change)
  }
}

/** Stands for an end without a socket. */
const refused = { code: 4401, reason: '', opened: true, welcomed: false }
