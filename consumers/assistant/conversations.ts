// What was said in each conversation, as far as a model is told it: bounded, the ones used last.
import type { Turn } from './completions.ts'

const mostConversations = 1_000
const mostTurns = 40

export class Conversations {
  readonly #turns = new Map<string, Map<string, Turn>>()

  /** `id` names the turn: told twice it stands there once. */
  add(conversation: string, id: string, turn: Turn): void {
    const turns = this.#turns.get(conversation) ?? new Map<string, Turn>()
    turns.set(id, turn)
    for (const oldest of turns.keys()) {
      if (turns.size <= mostTurns) break
      turns.delete(oldest)
    }
    this.#turns.delete(conversation)
    this.#turns.set(conversation, turns)
    for (const oldest of this.#turns.keys()) {
      if (this.#turns.size <= mostConversations) break
      this.#turns.delete(oldest)
    }
  }

  of(conversation: string): readonly Turn[] {
    return [...(this.#turns.get(conversation)?.values() ?? [])]
  }
}
