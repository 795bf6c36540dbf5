// Scenarios of requests and channels.
import type { Fields } from './peer.ts'
import type { Scenario } from './scenario.ts'
import { ack, deliver, greet, rest, type Stage, threePublishes } from './stage.ts'

const channel = 'room:1'
const told = (stage: Stage, key: string) =>
  stage.heard.map((each) => (each as Record<string, unknown>)[key]).filter((each) => each !== undefined)

const words = (stage: Stage): string => told(stage, 'channel').map(String).join()

const reply = (id: unknown, position: string, payload: unknown, more = false): Fields => ({
  id,
  position,
  more,
  contentType: 'application/json',
  time: '2026-03-01T12:00:00.000Z',
  payload,
})

const requests: Scenario = {
  name: 'request',
  level: 'full',
  about:
    'a request ends with its last reply; replies mix with messages; later ones and those for nobody are ignored',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    const { fields } = await peer.next('request')
    stage.check('it goes to the route ask', fields['route'] === 'ask')
    peer.tell('reply', reply('nobody', 'p-1', 0))
    peer.tell('reply', reply(fields['id'], 'p-2', 1, true))
    deliver(peer, 'p-3', 'between')
    peer.tell('reply', reply(fields['id'], 'p-4', 2, true))
    peer.tell('reply', reply(fields['id'], 'p-5', 3))
    peer.tell('reply', reply(fields['id'], 'p-6', 4))
    const replied = await stage.untilHeard(() => told(stage, 'replied').length === 1)
    stage.check(
      'the program has all replies up to the last',
      JSON.stringify(told(stage, 'replied')) === '[[1,2,3]]',
      JSON.stringify(stage.heard),
    )
    stage.check('it ended', replied)
    stage.check('messages between them arrive', told(stage, 'got').includes('between'))
  },
}

const timeouts: Scenario = {
  name: 'request-timeout',
  level: 'full',
  about: 'a request that is refused with `timeout` fails with that code and is not sent again',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    const { fields } = await peer.next('request')
    peer.tell('refusal', { id: fields['id'], code: 'timeout', message: 'no reply in time', retryable: false })
    const failed = await stage.untilHeard((heard) =>
      heard.some((each) => (each as { failed?: unknown; code?: unknown }).code === 'timeout'),
    )
    stage.check('the program is told', failed, JSON.stringify(stage.heard))
    await rest(300)
    stage.check('it is sent once', peer.said.filter(({ kind }) => kind === 'request').length === 1)
  },
}

const channels: Scenario = {
  name: 'channels',
  level: 'full',
  about: 'after a loss it is back on its channels from where it was; repeats are shown once; gaps are told',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    const { fields } = await peer.next('subscribe')
    stage.check('it asks for the channel', fields['channel'] === channel)
    peer.tell('subscribed', { id: fields['id'], channel, position: 'c-0', recovered: true })
    deliver(peer, 'c-1', 'one', { channel })
    deliver(peer, 'c-2', 'two', { channel })
    await stage.untilHeard(() => told(stage, 'channel').length === 2)
    peer.ws.terminate()

    const { peer: back, hello } = await stage.welcome({ resumed: true })
    stage.listen(back)
    const inHello = ((hello['resume'] as Fields | undefined)?.['channels'] ?? {}) as Fields
    const asked = inHello[channel] === undefined ? (await back.next('subscribe')).fields : {}
    const from = inHello[channel] ?? asked['since']
    stage.check('from where it was', from === 'c-2' || from === 'c-1', String(from))
    const id = asked['id'] === undefined ? {} : { id: asked['id'] }
    back.tell('subscribed', { ...id, channel, position: String(from), recovered: true })
    deliver(back, 'c-2', 'two', { channel })
    deliver(back, 'c-3', 'three', { channel })
    await stage.untilHeard(() => told(stage, 'channel').includes('three'))
    stage.check('each once, in order', words(stage) === 'one,two,three', words(stage))
    stage.check('no gap is told where there is none', told(stage, 'gap').length === 0)
    back.tell('subscribed', { channel, position: 'c-9', recovered: false })
    const gap = await stage.untilHeard(() => told(stage, 'gap').includes('channel'))
    stage.check('a gap that is found later is told', gap, JSON.stringify(stage.heard))
  },
}

const refusedChannel: Scenario = {
  name: 'channel-refused',
  level: 'full',
  about: 'a channel that is refused is not asked for again and again',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    const { fields } = await peer.next('subscribe')
    peer.tell('refusal', { id: fields['id'], code: 'forbidden', message: 'not for you', retryable: false })
    await rest(1_000)
    const { length } = peer.said.filter(({ kind }) => kind === 'subscribe')
    stage.check('it asked once', length === 1, `${length} times`)
    stage.check('the connection goes on', peer.end === undefined)
    peer.ws.terminate()
    const back = await stage.connection()
    greet(back, { resumed: true })
    await back.next('hello')
    await rest(500)
    stage.check(
      'nor on the next connection',
      back.said.every(({ kind }) => kind !== 'subscribe'),
    )
  },
}

export const conversing: readonly Scenario[] = [requests, timeouts, channels, refusedChannel]
