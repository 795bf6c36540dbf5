// Operations that are left out where a history has to be the same as before there were any of them.
import { pick } from './events.ts'
import { onTenure, type Possible } from './targets.ts'

export const laterOperations: Readonly<Record<string, Possible>> = {
  forget: {
    weight: 8,
    apply: onTenure((world, _node, { state }, c) => {
      if (state === undefined) return false
      const { places, taken, ended } = state
      const session = pick([...new Set([...places.keys(), ...taken.keys(), ...ended.keys()])], c)
      return session !== undefined && world.rules.forget(state, session)
    }),
  },
  'forget-oldest': {
    weight: 2,
    apply: onTenure(
      (world, _node, { state }, c) => state !== undefined && world.rules.forgetOldest(state, c % 3) > 0,
    ),
  },
}
