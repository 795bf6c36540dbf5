// Which tabs are on which channels: the connection leaves one when the last of them has.
import type { ClientFrame } from '../wire/frames.ts'

export class ChannelTabs {
  readonly #channels = new Map<string, Set<string>>()

  /** A tab says this to the gateway. */
  onSent(tab: string, frame: ClientFrame): void {
    if (frame.kind === 'subscribe') {
      const tabs = this.#channels.get(frame.channel) ?? new Set()
      this.#channels.set(frame.channel, tabs.add(tab))
    } else if (frame.kind === 'unsubscribe') this.#leave(frame.channel ?? '', tab)
  }

  onGone(tab: string): void {
    for (const channel of this.#channels.keys()) this.#leave(channel, tab)
  }

  isWanted(channel: string): boolean {
    return this.#channels.has(channel)
  }

  isOnlyForOthers(channel: string, tab: string): boolean {
    return this.#channels.get(channel)?.has(tab) === false
  }

  #leave(channel: string, tab: string): void {
    const tabs = this.#channels.get(channel)
    tabs?.delete(tab)
    if (tabs?.size === 0) this.#channels.delete(channel)
  }
}
