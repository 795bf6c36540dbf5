// Scenarios of a connection that lives: hello, acks, refusals, frames of a later version.
import type { Scenario } from './scenario.ts'
import { ack, deliver, greet, nOf, rest, type Stage, threePublishes } from './stage.ts'

const acked = (stage: Stage, ...numbers: number[]) =>
  stage.untilHeard((heard) =>
    numbers.every((n) => heard.some((each) => (each as { acked?: unknown }).acked === n)),
  )

const hello: Scenario = {
  name: 'hello',
  level: 'core',
  about: 'hello with the token comes first; done means a close with 1000',
  async play(stage) {
    const peer = await stage.connection()
    const first = await peer.next('hello')
    stage.check('hello is the first frame', peer.said[0] === first)
    stage.check(
      'it has the token t-1',
      first.fields['token'] === 't-1',
      JSON.stringify(first.fields['token']),
    )
    stage.check('it resumes nothing', first.fields['resume'] === undefined || first.fields['resume'] === null)
    greet(peer)
    stage.listen(peer)
    await threePublishes(peer)
    stage.check('there is one hello', peer.said.filter(({ kind }) => kind === 'hello').length === 1)
    deliver(peer, 'p-1', { done: true })
    stage.check('it closes with 1000 when it is done', (await peer.ended()).code === 1000)
  },
}

const acks: Scenario = {
  name: 'acks',
  level: 'core',
  about: 'acks come in any order, twice, or for nobody; each is for the publish with its id',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    const sent = await threePublishes(peer)
    const ids = sent.map(({ fields }) => fields['id'])
    stage.check('each publish has an id of its own', new Set(ids).size === 3, ids.join())
    stage.check(
      'they come in the order they were made',
      sent.map(nOf).join() === '1,2,3',
      sent.map(nOf).join(),
    )
    peer.tell('ack', { id: 'nobody', topic: 'echo.in', partition: 0, offset: '7' })
    for (const said of [...sent, ...sent].toReversed()) ack(peer, said.fields)
    stage.check('all three are known as stored', await acked(stage, 1, 2, 3), JSON.stringify(stage.heard))
    stage.check(
      'none is sent again',
      peer.said.filter((said) => said.fields['route'] === 'echo').length === 3,
    )
    stage.check('the connection goes on', peer.end === undefined)
  },
}

const refusedForGood: Scenario = {
  name: 'refusal',
  level: 'core',
  about:
    'what is refused for good is not sent again; the others are none the worse; unknown codes go by `retryable`',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    const [one, two, three] = await threePublishes(peer)
    peer.tell('refusal', {
      id: two?.fields['id'],
      code: 'of-a-later-version',
      message: 'no',
      retryable: false,
    })
    ack(peer, one?.fields ?? {})
    ack(peer, three?.fields ?? {})
    await acked(stage, 1, 3)
    const failed = (heard: readonly unknown[]) =>
      heard.some((each) => {
        const { failed: n, code } = each as { failed?: unknown; code?: unknown }
        return n === 2 && code === 'of-a-later-version'
      })
    stage.check(
      'the program is told, with the code',
      await stage.untilHeard(failed),
      JSON.stringify(stage.heard),
    )
    await rest(500)
    const again = peer.said.filter((said) => said.fields['id'] === two?.fields['id']).length
    stage.check('it is sent once', again === 1, `${again} times`)
  },
}

const refusedForNow: Scenario = {
  name: 'retry',
  level: 'core',
  about:
    'what may be taken later is sent again, after retryAfterMs at the earliest, with the same id, sequence and payload',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    const [one, two, three] = await threePublishes(peer)
    const id = two?.fields['id']
    ack(peer, one?.fields ?? {})
    ack(peer, three?.fields ?? {})
    const at = performance.now()
    peer.tell('refusal', {
      id,
      code: 'outcome-unknown',
      message: 'later',
      retryable: true,
      retryAfterMs: 400,
    })
    const again = await peer.next('publish', (fields) => fields['id'] === id)
    stage.check('not before its time', again.at - at >= 395, `after ${Math.round(again.at - at)} ms`)
    stage.check('the same sequence', again.fields['sequence'] === two?.fields['sequence'])
    stage.check('the same payload', nOf(again) === 2)
    ack(peer, again.fields)
    stage.check('its ack counts', await acked(stage, 1, 2, 3), JSON.stringify(stage.heard))
  },
}

const unknown: Scenario = {
  name: 'unknown',
  level: 'core',
  about: 'kinds and fields that it does not know are ignored',
  async play(stage) {
    const { peer } = await stage.welcome({
      colour: 'blue',
      limits: { maxFrameBytes: 65_536, maxInflight: 100, moons: 2 },
    })
    stage.listen(peer)
    const sent = await threePublishes(peer)
    peer.tell('telepathy', { id: sent[0]?.fields['id'], thought: [1, 2] })
    peer.tell('constructor', {})
    for (const { fields } of sent)
      peer.tell('ack', { id: fields['id'], topic: 't', partition: 0, offset: '9', shelf: { row: 1 } })
    deliver(peer, 'p-1', 'with more', { mood: null })
    stage.check('acks count', await acked(stage, 1, 2, 3), JSON.stringify(stage.heard))
    const got = await stage.untilHeard((heard) =>
      heard.some((each) => (each as { got?: unknown }).got === 'with more'),
    )
    stage.check('deliveries arrive', got)
    stage.check('the connection goes on', peer.end === undefined)
  },
}

const slow: Scenario = {
  name: 'slow',
  level: 'core',
  about: 'frames that come in pieces, late, and with pings between them',
  async play(stage) {
    const peer = await stage.connection()
    await peer.next('hello')
    await rest(700)
    greet(peer)
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    // Nothing else may be sent between the pieces of a message.
    await acked(stage, 1, 2, 3)
    const text = JSON.stringify({
      message: {
        position: 'p-1',
        contentType: 'application/json',
        time: '2026-03-01T12:00:00Z',
        payload: 'in pieces',
      },
    })
    for (let at = 0; at < text.length; at += 16) {
      const piece = text.slice(at, at + 16)
      peer.ws.send(piece, { fin: at + 16 >= text.length })
      if (at % 64 === 0) peer.ws.ping()
      await rest(20)
    }
    const got = await stage.untilHeard((heard) =>
      heard.some((each) => (each as { got?: unknown }).got === 'in pieces'),
    )
    stage.check('the delivery arrives whole', got, JSON.stringify(stage.heard))
  },
}

export const basics: readonly Scenario[] = [hello, acks, refusedForGood, refusedForNow, unknown, slow]
