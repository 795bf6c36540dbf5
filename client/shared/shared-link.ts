// One connection for all tabs of an origin: the tab that holds a lock has it, the others speak through that one.
import type { Link, LinkListener, Sent, StateChange } from '../link/link.ts'
import { SocketLink } from '../link/socket-link.ts'
import { SessionMemory } from '../rules/session-memory.ts'
import { randomText, type Settings } from '../settings.ts'
import type { ClientFrame, ServerFrame, Welcome } from '../wire/frames.ts'
import { ChannelTabs } from './channel-tabs.ts'
import { someoneWaits, takeLock } from './lock.ts'
import { fromPlain, type Said, tooLarge, toPlain } from './said.ts'

/** Attempts of a leader that is gone and that nobody heard of are fewer than that. */
const attemptsUnheard = 1_000

export class SharedLink implements Link {
  readonly #tab = randomText(8)
  readonly #name: string
  readonly #settings: Settings
  readonly #listener: LinkListener
  readonly #memory = new SessionMemory()
  #tabs = new ChannelTabs()
  #post: InstanceType<typeof BroadcastChannel> | undefined
  /** Given up by an abort. */
  #lock: AbortController | undefined
  /** Of the leader. */
  #link: SocketLink | undefined
  #state: StateChange = { state: 'idle' }
  #welcome: Welcome | undefined
  #leaving = false
  constructor(settings: Settings, listener: LinkListener, name: string) {
    this.#settings = settings
    this.#listener = listener
    this.#name = `openclaw ${name}`
  }

  start(): void {
    if (this.#post !== undefined) {
      // Closed by the gateway: whoever has the connection tries again.
      this.#link?.start()
      return this.#say({ t: 'here', tab: this.#tab })
    }
    this.#post = new BroadcastChannel(this.#name)
    this.#post.onmessage = ({ data }: MessageEvent) => this.#hear(data as Said)
    this.#lock = new AbortController()
    this.#tell({ state: 'connecting' })
    this.#say({ t: 'here', tab: this.#tab })
    takeLock(this.#name, this.#lock.signal, () => this.#lead()).catch((error: unknown) =>
      this.#settings.log.error('openclaw: no lock for the shared connection', error),
    )
  }

  async stop(keepSession: boolean): Promise<void> {
    const link = this.#link
    this.#say({ t: 'gone', tab: this.#tab })
    if (link !== undefined) {
      // Whoever waits for the lock goes on with the session.
      this.#leaving = true
      const others = await someoneWaits(this.#name)
      await link.stop(keepSession || others)
      this.#link = undefined
      this.#leaving = false
    }
    this.#lock?.abort()
    this.#post?.close()
    this.#post = undefined
    this.#tabs = new ChannelTabs()
    this.#tell({ state: 'closed', reason: 'closed' })
  }

  send(frame: ClientFrame): Sent {
    if (this.#state.state !== 'open' || this.#post === undefined) return 'not-now'
    // Each tab counts for itself: as one count of the one session they would contradict each other.
    const plain =
      frame.kind === 'publish' || frame.kind === 'request' ? { ...frame, sequence: undefined } : frame
    this.#tabs.onSent(this.#tab, plain)
    // Of what this tab sends itself the others learn who is on which channel.
    if (this.#link === undefined || 'channel' in plain) this.#say({ t: 'send', tab: this.#tab, frame: plain })
    if (this.#link === undefined) return 'sent'
    return this.#forward(this.#tab, plain)
  }

  /** What the tab with the connection has handled counts. */
  handled(position: string): void {
    this.#link?.handled(position)
  }

  #lead(): void {
    const { kept } = this.#memory
    if (kept !== undefined) this.#memory.kept = { ...kept, attempt: kept.attempt + attemptsUnheard }
    // The others, and we, had a connection through the tab that is gone.
    if (this.#state.state === 'open') this.#lost(false)
    this.#link = new SocketLink(
      this.#settings,
      {
        onState: (change) => {
          // That we go is no news of the connection.
          if (this.#leaving) return
          this.#say({ t: 'state', change: toPlain(change) })
          this.#onState(change)
        },
        onWelcome: (welcome) => {
          this.#say({ t: 'welcome', welcome, kept: this.#memory.kept })
          this.#onWelcome(welcome)
        },
        onFrame: (frame) => {
          this.#say({ t: 'frame', frame })
          this.#onFrame(frame)
        },
        onLost: (tooLarge) => this.#lost(tooLarge),
        onTheWay: () => this.#listener.onTheWay(),
      },
      this.#memory,
    )
    this.#link.start()
  }

  #lost(tooLarge: boolean): void {
    this.#say({ t: 'lost', tooLarge })
    this.#onLost(tooLarge)
  }

  #hear(said: Said): void {
    if (said.t === 'gone') return this.#tabs.onGone(said.tab)
    if (said.t === 'send') {
      this.#tabs.onSent(said.tab, said.frame)
      if (this.#link !== undefined) this.#forward(said.tab, said.frame)
      return
    }
    if (said.t === 'here') {
      if (this.#link === undefined) return
      if (this.#state.state === 'closed') this.#link.start()
      this.#say({ t: 'state', change: toPlain(this.#state) })
      if (this.#welcome)
        this.#say({ t: 'welcome', welcome: this.#welcome, kept: this.#memory.kept, to: said.tab })
      return
    }
    // To one tab: it came, or has asked again though it is open.
    const isFor = (to: string | undefined) =>
      to === undefined || (to === this.#tab && this.#state.state !== 'open')
    // Words of a leader, and we are none.
    if (this.#link !== undefined) return
    if (said.t === 'state') this.#onState(fromPlain(said.change))
    else if (said.t === 'lost') this.#onLost(said.tooLarge)
    else if (said.t === 'welcome' && isFor(said.to)) {
      this.#memory.kept = said.kept
      this.#tell({ state: 'open' })
      this.#onWelcome(said.welcome)
    } else if (said.t === 'frame') {
      const { frame } = said
      if ('position' in frame && !('channel' in frame)) this.#memory.handled(frame.position)
      this.#onFrame(frame)
    }
  }

  /** To the gateway, for a tab. */
  #forward(tab: string, frame: ClientFrame): Sent {
    if (frame.kind === 'unsubscribe' && this.#tabs.isWanted(frame.channel ?? '')) {
      const answer: ServerFrame = { kind: 'unsubscribed', id: frame.id, channel: frame.channel ?? '' }
      this.#say({ t: 'frame', frame: answer })
      if (tab === this.#tab) queueMicrotask(() => this.#onFrame(answer))
      return 'sent'
    }
    const sent = this.#link?.send(frame) ?? 'not-now'
    if (sent === 'too-large' && tab !== this.#tab && 'id' in frame && frame.id !== undefined) {
      this.#say({ t: 'frame', frame: tooLarge(frame.id) })
    }
    return sent
  }

  #onState(change: StateChange): void {
    // A tab is open once it has the welcome.
    if (change.state !== 'open' || this.#link !== undefined) this.#tell(change)
  }

  #onWelcome(welcome: Welcome): void {
    this.#welcome = welcome
    this.#listener.onWelcome(welcome)
  }

  #onFrame(frame: ServerFrame): void {
    // Of a channel that other tabs are on and this one is not; answers have an id, and whoever asked knows it.
    const isAnswer = frame.kind !== 'message' && 'id' in frame && frame.id !== undefined
    const isOthers = 'channel' in frame && this.#tabs.isOnlyForOthers(frame.channel ?? '', this.#tab)
    if (isAnswer || !isOthers) this.#listener.onFrame(frame)
  }

  #onLost(tooLarge: boolean): void {
    this.#welcome = undefined
    this.#listener.onLost(tooLarge)
    if (this.#link === undefined) this.#tell({ state: 'connecting' })
  }

  #tell(change: StateChange): void {
    this.#state = change
    this.#listener.onState(change)
  }

  #say(said: Said): void {
    this.#post?.postMessage(said)
  }
}
