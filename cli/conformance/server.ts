// The scripted gateway: one scenario for each path, played with whatever client connects to it.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { basics } from './basics.ts'
import { closing } from './closing.ts'
import { conversing } from './conversing.ts'
import { hostile } from './hostile.ts'
import { Missing, Peer } from './peer.ts'
import { returning } from './returning.ts'
import type { Scenario } from './scenario.ts'
import { type Check, Stage } from './stage.ts'

export const scenarios: readonly Scenario[] = [...basics, ...returning, ...closing, ...conversing, ...hostile]

export type Result = {
  readonly scenario: string
  readonly level: Scenario['level']
  readonly ok: boolean
  readonly checks: readonly Check[]
}

type Playing = { readonly stage: Stage; readonly wss: WebSocketServer; readonly over: Promise<Result> }

export type ConformanceGateway = {
  readonly port: number
  /** What was played so far, the last of each scenario. */
  readonly results: ReadonlyMap<string, Result>
  /** Begins a scenario: those who connect to its path now play it. Resolves when it is over. */
  play(name: string): Promise<Result>
  stop(): Promise<void>
}

/** `auto`: a scenario begins when somebody connects to it. `onResult` is told of each that is over. */
export async function startConformance(
  port: number,
  auto: boolean,
  onResult: (result: Result) => void,
): Promise<ConformanceGateway> {
  const playing = new Map<string, Playing>()
  const results = new Map<string, Result>()

  const begin = (scenario: Scenario): Playing => {
    const stage = new Stage()
    // Piece by piece and broken in every way: nothing is to be put right here.
    const wss = new WebSocketServer({
      noServer: true,
      handleProtocols: () => stage.subprotocol,
      perMessageDeflate: false,
    })
    const over = playOne(scenario, stage).then((result) => {
      playing.delete(scenario.name)
      for (const { ws } of stage.peers) dismiss(ws)
      results.set(scenario.name, result)
      onResult(result)
      return result
    })
    const begun = { stage, wss, over }
    playing.set(scenario.name, begun)
    return begun
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    const scenario = scenarioOf(request)
    const stage = scenario === undefined ? undefined : playing.get(scenario.name)?.stage
    const { status: refused, code, retryAfterS } = stage?.explains ?? {}
    if (stage !== undefined) stage.explains = {}
    const [status, body] = refused === undefined ? answerTo(pathname, results, scenario) : [refused, { code }]
    response.writeHead(status, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'retry-after',
      ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
    })
    response.end(`${JSON.stringify(body, undefined, 2)}\n`)
  })
  server.on('upgrade', (request, socket: Duplex, head) => {
    socket.on('error', () => socket.destroy())
    const scenario = scenarioOf(request)
    if (scenario === undefined) return void socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n')
    const played = playing.get(scenario.name) ?? (auto ? begin(scenario) : undefined)
    // A program that does not know yet that it is over.
    if (played === undefined) return void socket.destroy()
    const { stage, wss } = played
    const offers = (request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/)
    const handshake = { at: performance.now(), offers, socket }
    stage.handshakes.push(handshake)
    if (stage.gate(handshake, stage.handshakes.length)) return
    if (stage.subprotocol.startsWith('openclaw') && !offers.includes(stage.subprotocol))
      stage.check(`it offers ${stage.subprotocol}`, false, offers.join())
    wss.handleUpgrade(request, socket, head, (ws: WebSocket) => stage.arrived(new Peer(ws)))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    results,
    play(name) {
      const scenario = scenarios.find((each) => each.name === name)
      if (scenario === undefined) throw new TypeError(`there is no scenario ${name}`)
      return (playing.get(name) ?? begin(scenario)).over
    },
    stop: () => stop(server, playing),
  }
}

/** The scenario is over, and with it the session. */
function dismiss(ws: WebSocket): void {
  ws.close(1000, 'the scenario is over')
  setTimeout(() => ws.terminate(), 500).unref()
}

async function playOne(scenario: Scenario, stage: Stage): Promise<Result> {
  const { name, level } = scenario
  try {
    await scenario.play(stage)
  } catch (error) {
    stage.check('it went to its end', false, error instanceof Missing ? error.message : String(error))
  }
  const ok = stage.checks.length > 0 && stage.checks.every((check) => check.ok)
  return { scenario: name, level, ok, checks: stage.checks }
}

/** `/name` or `?scenario=name`. */
function scenarioOf(request: IncomingMessage): Scenario | undefined {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
  const wanted = searchParams.get('scenario') ?? pathname.slice(1)
  return scenarios.find(({ name }) => name === wanted)
}

function answerTo(
  path: string,
  results: ReadonlyMap<string, Result>,
  scenario: Scenario | undefined,
): [number, unknown] {
  if (path === '/results') return [200, [...results.values()]]
  if (scenario !== undefined)
    return [200, { code: 'ok', hint: 'open a WebSocket on this URL', about: scenario.about }]
  if (path === '/') return [200, scenarios.map(({ name, level, about }) => ({ name, level, about }))]
  return [404, { code: 'unknown-path' }]
}

async function stop(server: Server, playing: ReadonlyMap<string, Playing>): Promise<void> {
  for (const { stage } of playing.values()) for (const { ws } of stage.peers) ws.terminate()
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
