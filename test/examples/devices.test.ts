// The demo of devices: plain WebSockets without a library, seen and told to blink by people in a browser.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { onEnd } from '../support/cleanup.ts'
import { demoCluster, demoPages } from '../support/demo.ts'
import { startDemoBackend } from '../support/demo-backend.ts'
import { startNode } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const patient = { timeout: 20_000 }
const simulate = join(import.meta.dirname, '../../examples/devices/simulate.js')

const card = (page: Page, device: string) => page.locator(`[data-device=${device}]`)
const blink = (page: Page, device: string) => page.getByRole('button', { name: `blink ${device}` }).click()

test('people see devices, tell one to blink, and are told whether it got there', {
  skip: noBrowser,
}, async (t) => {
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  await startDemoBackend(t, cluster, 'devices')
  const pages = await demoPages(t, cluster, () => [node.port])
  const browser = await startBrowser(t)
  const [alice, bob] = await Promise.all(
    ['alice', 'bob'].map((user) => browser.open(`${pages.url}/devices/?user=${user}`)),
  )
  assert.ok(alice && bob)

  // A lamp in alice's window, and bob's button.
  await card(bob, 'device-lamp-alice').getByText('has blinked 0×').waitFor(patient)
  await blink(bob, 'device-lamp-alice')
  await card(bob, 'device-lamp-alice').getByText('Handed to the device').waitFor(patient)
  await card(bob, 'device-lamp-alice').getByText('has blinked 1×').waitFor(patient)
  await alice.getByRole('button', { name: 'Add a thermometer' }).click()
  await card(bob, 'device-thermometer-alice-1').getByText('°C').waitFor(patient)
  assert.equal(await card(bob, 'device-thermometer-alice-1').getByRole('button').count(), 0)

  // One in a terminal; when it is gone that is shown, and a command to it fails with a reason.
  const shed = spawn(process.execPath, [simulate, 'lamp', 'shed', pages.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onEnd(t, () => void shed.kill('SIGKILL'))
  let printed = ''
  shed.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await card(alice, 'device-shed').getByText('has blinked 0×').waitFor(patient)
  await blink(alice, 'device-shed')
  await waitFor(() => printed.includes('blink'), {
    timeoutMs: 20_000,
    describe: 'the lamp in the terminal to blink',
  })
  await card(alice, 'device-shed').getByText('has blinked 1×').waitFor(patient)
  shed.kill('SIGKILL')
  await card(alice, 'device-shed').getByText('gone at').waitFor(patient)
  await browser.picture(alice, 'devices-alice')
  await blink(alice, 'device-shed')
  await card(alice, 'device-shed').getByText('It is not connected.').waitFor(patient)

  // A person is no device, and a device sees no others.
  const closed = async (user: string) => {
    const socket = new WebSocket(`ws://127.0.0.1:${node.port}/devices/lamp`, [
      'openclaw.v1.raw',
      `openclaw.bearer.${await tokenFor(user)}`,
    ])
    socket.addEventListener('open', () => socket.send('{}'))
    return new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve(`${code} ${reason}`))
    })
  }
  assert.equal(await closed('mallory'), '4403 forbidden')
  assert.deepEqual(browser.complaints, [])
  const spy = await browser.open(`${pages.url}/devices/?user=device-spy`)
  await spy.locator('#notice:not(:empty)').waitFor(patient)
  await browser.picture(bob, 'devices-bob')
})
