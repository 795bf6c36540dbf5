// Scenarios of coming back: resuming, repeats, gaps, attempts that are counted, and being asked to move.
import type { Fields, Peer } from './peer.ts'
import type { Scenario } from './scenario.ts'
import { ack, deliver, greet, rest, type Stage, threePublishes } from './stage.ts'

const resumeOf = (hello: Fields): Fields => (hello['resume'] ?? {}) as Fields
const got = (stage: Stage) =>
  stage.heard.map((each) => (each as { got?: unknown }).got).filter((each) => each !== undefined)

/** A first connection with all acked. */
async function begin(stage: Stage): Promise<Peer> {
  const { peer } = await stage.welcome()
  stage.listen(peer)
  for (const { fields } of await threePublishes(peer)) ack(peer, fields)
  return peer
}

const resume: Scenario = {
  name: 'resume',
  level: 'core',
  about: 'after a loss it resumes from what it handled, sends again what has no ack, and shows repeats once',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    const [one, two, three] = await threePublishes(peer)
    ack(peer, one?.fields ?? {})
    ack(peer, two?.fields ?? {})
    deliver(peer, 'p-1', 'a')
    deliver(peer, 'p-2', 'b')
    await stage.untilHeard(() => got(stage).length === 2)
    peer.ws.terminate()

    const back = await stage.connection()
    const { fields: hello } = await back.next('hello')
    const { token, attempt, position } = resumeOf(hello)
    stage.check('it gives the resume token', token === 'resume-1', String(token))
    stage.check('it is the first attempt', attempt === 1, String(attempt))
    stage.check(
      'it gives the position it handled',
      position === 'p-2' || position === 'p-1',
      String(position),
    )
    greet(back, { resumed: true, position, resumeToken: 'resume-2' })
    stage.listen(back)
    deliver(back, 'p-2', 'b')
    deliver(back, 'p-3', 'c')
    const again = await back.next('publish', (fields) => fields['id'] === three?.fields['id'])
    stage.check(
      'what had no ack is sent again with its sequence',
      again.fields['sequence'] === three?.fields['sequence'],
    )
    ack(back, again.fields)
    await stage.untilHeard(() => got(stage).length >= 3)
    await rest(200)
    stage.check(
      'each message is shown once, in order',
      got(stage).map(String).join() === 'a,b,c',
      got(stage).map(String).join(),
    )
    const { length } = back.said.filter(({ fields }) => fields['id'] === one?.fields['id'])
    stage.check('what has its ack is not sent again', length === 0)
    stage.check('it did not end its session', peer.end?.code !== 1000)
  },
}

const attempts: Scenario = {
  name: 'attempts',
  level: 'core',
  about:
    'each hello for a session has a higher attempt, also where the last was never answered; a new session begins anew',
  async play(stage) {
    const first = await begin(stage)
    first.ws.terminate()
    const unanswered = await stage.connection()
    const one = resumeOf((await unanswered.next('hello')).fields)
    unanswered.ws.terminate()
    const second = await stage.connection()
    const two = resumeOf((await second.next('hello')).fields)
    stage.check(
      'the attempts grow',
      Number(two['attempt']) > Number(one['attempt']),
      `${String(one['attempt'])}, ${String(two['attempt'])}`,
    )
    greet(second, { session: 's-2', resumeToken: 'resume-of-2', position: 'q-0', recovered: false })
    stage.listen(second)
    const gap = await stage.untilHeard((heard) =>
      heard.some((each) => (each as { gap?: unknown }).gap === 'session'),
    )
    stage.check('the program is told of the gap', gap, JSON.stringify(stage.heard))
    second.ws.terminate()
    const third = await stage.connection()
    const three = resumeOf((await third.next('hello')).fields)
    stage.check('it resumes the new session', three['token'] === 'resume-of-2', String(three['token']))
    stage.check('from its position', three['position'] === 'q-0', String(three['position']))
    stage.check('with attempt 1', three['attempt'] === 1, String(three['attempt']))
    greet(third, { session: 's-2', resumeToken: 'resume-of-2', position: 'q-0', resumed: true })
  },
}

const heartbeats: Scenario = {
  name: 'heartbeats',
  level: 'core',
  about: 'the position of a heartbeat is kept; silence for twice heartbeatMs means to come back',
  async play(stage) {
    const { peer } = await stage.welcome({ heartbeatMs: 400 })
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    for (let n = 1; n <= 5; n += 1) {
      await rest(300)
      peer.tell('heartbeat', { position: `beat-${n}` })
    }
    stage.check('heartbeats keep it', peer.end === undefined)
    const since = performance.now()
    const back = await stage.connection(12_000)
    const after = Math.round(back.at - since)
    stage.check('not before twice heartbeatMs', after >= 700, `${after} ms`)
    const { position } = resumeOf((await back.next('hello')).fields)
    stage.check('it comes back with the last position', position === 'beat-5', String(position))
    stage.check('it did not end its session', peer.end?.code !== 1000)
    greet(back, { resumed: true })
  },
}

const confirms: Scenario = {
  name: 'confirms',
  level: 'core',
  about: 'who said `confirms` confirms what was handled, heartbeats too, within some seconds',
  async play(stage) {
    const { peer, hello } = await stage.welcome()
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    if (hello['confirms'] !== true) return stage.check('it does not say `confirms`', true)
    for (const n of [1, 2, 3]) deliver(peer, `p-${n}`, n)
    await peer.next('confirm', ({ position }) => position === 'p-3')
    stage.check('deliveries are confirmed', true)
    peer.tell('heartbeat', { position: 'p-9' })
    await peer.next('confirm', ({ position }) => position === 'p-9')
    stage.check('heartbeats are confirmed', true)
  },
}

const goaway: Scenario = {
  name: 'goaway',
  level: 'full',
  about: 'it finishes, waits reconnectAfterMs, and comes back without ending its session',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    const sent = await threePublishes(peer)
    peer.tell('goaway', { reason: 'draining', reconnectAfterMs: 600 })
    const since = performance.now()
    await rest(100)
    for (const { fields } of sent) ack(peer, fields)
    const back = await stage.connection()
    const after = Math.round(back.at - since)
    stage.check('not before its time', after >= 590, `after ${after} ms`)
    stage.check('soon after it', after < 4_000, `after ${after} ms`)
    stage.check(
      'it did not end its session',
      peer.end !== undefined && peer.end.code !== 1000,
      String(peer.end?.code),
    )
    const { token } = resumeOf((await back.next('hello')).fields)
    stage.check('it resumes', token === 'resume-1', String(token))
    greet(back, { resumed: true })
    stage.listen(back)
    await rest(200)
    stage.check(
      'nothing that had its ack is sent again',
      back.said.every(({ fields }) => fields['route'] !== 'echo'),
    )
  },
}

export const returning: readonly Scenario[] = [resume, attempts, heartbeats, confirms, goaway]
