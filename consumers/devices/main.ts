// The backend of the devices: shows people what devices report, and takes commands of people to a device, with a receipt.
import { openDemo } from '../demo.ts'
import type { Received } from '../kit/received.ts'

const { backend, group, topicOf } = openDemo('devices', 'devices.reports')
const events = process.env['OPENCLAW_TOPICS_EVENTS'] || 'openclaw.events'
const commands = ['blink']
const waitMs = 5_000

/** The session in which each device spoke last, by tenant and device. */
const sessions = new Map<string, string | undefined>()
const mostDevices = 10_000

/** People see the newest of each device: that is what the key is for. */
const show = (received: Received, device: string, type: string, value: object) =>
  received.sendTo({ channel: 'devices' }, { device, ...value }, { type, conflationKey: device })

// What devices send: bare payloads. The route, and so the type, says by which path they came.
async function report(received: Received): Promise<void> {
  const { user: device, session, tenant, type = '', value } = received
  if (device === undefined) return
  const key = `${tenant} ${device}`
  sessions.delete(key)
  sessions.set(key, session)
  for (const oldest of sessions.keys()) {
    if (sessions.size <= mostDevices) break
    sessions.delete(oldest)
  }
  await show(received, device, 'report', {
    kind: type.split('-').at(-1),
    says: value.toString().slice(0, 200),
  })
}

// What people ask for. It is taken by whichever node has the device, or by none: the receipt says so.
async function command(received: Received): Promise<unknown> {
  const { tenant } = received
  const asked = (received.json() ?? {}) as { device?: unknown; command?: unknown }
  const { device } = asked
  const wanted = commands.find((each) => each === asked.command)
  if (typeof device !== 'string' || !device.startsWith('device-') || wanted === undefined)
    return received.reply(`Name a device, and a command of ${commands.join(', ')}.`, { error: 'bad-command' })
  const since = performance.now()
  const { outcome, reason } = await backend.sendTo(
    { user: device },
    { command: wanted },
    { type: wanted, tenant, receipt: 'confirmed', timeoutMs: waitMs, expiresAt: Date.now() + waitMs },
  )
  if (outcome === 'failed') return received.reply(reason ?? 'failed', { error: 'not-delivered' })
  return received.reply({ outcome, ms: Math.round(performance.now() - since) })
}

// What the gateway says of sessions: a plain WebSocket that is gone is over.
async function leave(received: Received): Promise<void> {
  const { user: device, session, tenant, type } = received
  if (type !== 'openclaw.session.ended' || !device?.startsWith('device-')) return
  const known = sessions.get(`${tenant} ${device}`)
  // It may be back in another one by now.
  if (known === undefined || known !== session) return
  sessions.delete(`${tenant} ${device}`)
  await show(received, device, 'gone', {})
}

const options = { retries: 2, deadLetterTopic: false } as const
await backend.consume({ ...options, topic: topicOf('devices.in') }, report)
await backend.consume({ ...options, topic: topicOf('devices.commands'), group: `${group}.commands` }, command)
await backend.consume({ ...options, topic: events, group: `${group}.events` }, leave)
console.log('devices may report, and people may tell them to blink')
