// What every registry must do with tickets, whatever it is made of.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import type { CreateWorld } from './worlds.ts'

export const ticketsContract = (name: string, createWorld: CreateWorld): void => {
  describe(`tickets in ${name}`, () => {
    it('gives a ticket once, on any node, however many ask at the same time', async (t) => {
      const world = createWorld(t)
      const [one, other] = [await world.node(), await world.node()]
      await one.tickets.put('a', '{"user":"alice"}', 10_000)
      const asked = Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).tickets.take('a'))
      const got = (await Promise.all(asked)).filter((each) => each !== undefined)
      assert.deepEqual(got, ['{"user":"alice"}'])
      assert.equal(await one.tickets.take('a'), undefined)
    })

    it('looks at a ticket as often as one likes, and leaves it there', async (t) => {
      const node = await createWorld(t).node()
      await node.tickets.put('a', 'ü "x"', 10_000)
      assert.equal(await node.tickets.look('a'), 'ü "x"')
      assert.equal(await node.tickets.look('a'), 'ü "x"')
      assert.equal(await node.tickets.look('b'), undefined)
      assert.equal(await node.tickets.take('a'), 'ü "x"')
      assert.equal(await node.tickets.look('a'), undefined)
    })

    it('forgets a ticket when its time is over, and all of them with a wipe', async (t) => {
      const world = createWorld(t)
      const node = await world.node()
      await node.tickets.put('short', 'x', 30)
      await node.tickets.put('long', 'y', 60_000)
      await waitFor(async () => (await node.tickets.look('short')) === undefined)
      assert.equal(await node.tickets.take('short'), undefined)
      assert.equal(await node.tickets.look('long'), 'y')
      await world.wipe()
      assert.equal(await node.tickets.take('long'), undefined)
    })
  })
}
