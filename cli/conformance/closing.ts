// Scenarios of close codes: by their range, with codes that nobody has heard of.
import type { Scenario } from './scenario.ts'
import { ack, greet, rest, threePublishes } from './stage.ts'

const comesBack: Scenario = {
  name: 'close-again',
  level: 'core',
  about: 'after 1001, 1011, 1012, 1013, 3000, 4508, 4513, 4599 and no code at all it comes back and resumes',
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    let current = peer
    let attempt = 0
    for (const code of [1001, 1011, 1012, 1013, 3000, 4508, 4513, 4599, undefined]) {
      if (code === undefined) current.ws.close()
      else current.ws.close(code, 'as the scenario says')
      const back = await stage.connection(5_000)
      const { fields } = await back.next('hello')
      const resume = (fields['resume'] ?? {}) as { token?: unknown; attempt?: unknown }
      attempt += 1
      stage.check(
        `after ${code ?? 'no code'} it resumes`,
        resume.token === 'resume-1',
        JSON.stringify(resume),
      )
      stage.check(`after ${code ?? 'no code'} the attempt is ${attempt}`, resume.attempt === attempt)
      greet(back, { resumed: true })
      stage.listen(back)
      current = back
    }
  },
}

const staysAway = (code: number): Scenario => ({
  name: `close-${code}`,
  level: code === 1000 || code === 4403 || code === 4409 ? 'core' : 'full',
  about: `after ${code} it does not come back by itself`,
  async play(stage) {
    const { peer } = await stage.welcome()
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    peer.ws.close(code, 'as the scenario says')
    await rest(2_500)
    stage.check('it stays away', stage.peers.length === 1, `${stage.peers.length} connections`)
  },
})

const freshToken: Scenario = {
  name: 'close-4401',
  level: 'core',
  about: 'after 4401 it comes back with a new token, and resumes',
  async play(stage) {
    const { peer, hello } = await stage.welcome()
    stage.listen(peer)
    for (const { fields } of await threePublishes(peer)) ack(peer, fields)
    peer.ws.close(4401, 'the token has ended')
    const back = await stage.connection()
    const { fields } = await back.next('hello')
    const { token } = (fields['resume'] ?? {}) as { token?: unknown }
    stage.check('another token', fields['token'] !== hello['token'], String(fields['token']))
    stage.check('it resumes', token === 'resume-1', String(token))
    greet(back, { resumed: true })
  },
}

const backsOff: Scenario = {
  name: 'back-off',
  level: 'core',
  about: 'where each attempt is closed with 1013 before the welcome, attempts get rarer',
  async play(stage) {
    const since = performance.now()
    while (performance.now() - since < 6_000) {
      const left = 6_000 - (performance.now() - since)
      const peer = await stage.connection(left + 5_000).catch(() => undefined)
      peer?.ws.close(1013, 'no room')
    }
    const { length } = stage.peers
    // At full jitter from 1 s on, 6 s have room for about four; fifteen are a storm.
    stage.check('it tries again', length >= 2, `${length} attempts in 6 s`)
    stage.check('it does not storm', length <= 15, `${length} attempts in 6 s`)
  },
}

export const closing: readonly Scenario[] = [
  comesBack,
  ...[1000, 4400, 4403, 4409, 4410, 4499].map(staysAway),
  freshToken,
  backsOff,
]
