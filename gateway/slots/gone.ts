// What the end of a session has to say.
import type { Session } from '../session/session.ts'

export type Gone = Pick<Session, 'id' | 'principal' | 'client' | 'generation' | 'birth' | 'slot'> & {
  /** It was taken over, and looked for in vain where it went. */
  readonly suspected?: true
  /** Why it is over, where its time was not. */
  readonly over?: string
}

export const toGone = ({ id, principal, client, generation, birth, slot }: Session): Gone => ({
  id,
  principal,
  client,
  generation,
  birth,
  slot,
})
