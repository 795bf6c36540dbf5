// Measures what permessage-deflate costs: microseconds and bytes per message for this node, per message for each client.
import { constants, createInflateRaw, deflateRawSync, type InflateRaw, inflateRawSync } from 'node:zlib'
import { deflate, deflateWindowBits } from '../gateway/connection/deflating.ts'
import type { ServerFrame } from '../gateway/protocol/frames.ts'
import { jsonCodec } from '../gateway/protocol/json.ts'
import { jsonPayload, perCall } from './per-call.ts'

const flush = { windowBits: deflateWindowBits, finishFlush: constants.Z_SYNC_FLUSH }
const trailer = Buffer.from([0, 0, 0xff, 0xff])
const levels = [1, 6, 9]
const inflaters = 1_000

/** Random digits and letters among the words, so that it shrinks as messages do and not as a repeated line does. */
const varied = (size: number): Buffer => {
  let state = 1
  const next = () => (state = (state * 48_271) % 0x7fff_ffff)
  const text = jsonPayload(size).replaceAll(/"word \d+"/g, () => `"${next().toString(36).slice(0, 6)}"`)
  return Buffer.from(text.replaceAll(/"price":[\d.]+/g, () => `"price":${(next() % 100_000) / 100}`))
}

const cell = (value: string | number): string => String(value).padStart(10)

console.log(
  ['payload', 'encode µs', 'level', 'deflate µs', 'bytes', 'of', 'share', 'inflate µs'].map(cell).join(''),
)
for (const size of [256, 1_024, 4_096, 16_384, 65_536]) {
  const frame: ServerFrame = {
    kind: 'message',
    position: '0.7182.9f3c2a',
    channel: 'room:blue',
    type: 'msg',
    sender: 'alice',
    time: Date.now(),
    payload: { bytes: varied(size), contentType: 'application/json' },
  }
  const message = jsonCodec.encode(frame)
  const encodes = perCall(() => jsonCodec.encode(frame))
  for (const level of levels) {
    const options = { threshold: 0, level }
    const { bytes } = deflate(message, options)
    const deflates = perCall(() => deflate(message, options))
    const whole = Buffer.concat([bytes, trailer])
    const inflates = perCall(() => inflateRawSync(whole, flush))
    const share = (bytes.length / message.bytes.length).toFixed(2)
    const row = [
      size,
      encodes.toFixed(1),
      level,
      deflates.toFixed(1),
      bytes.length,
      message.bytes.length,
      share,
    ]
    console.log([...row, inflates.toFixed(1)].map(cell).join(''))
  }
}

/** What a connection keeps once it has sent something compressed: its inflater, whose window fills with what it sends. */
for (const bytes of [200, 60_000]) {
  const data = deflateRawSync(varied(bytes), { finishFlush: constants.Z_SYNC_FLUSH })
  const kept: InflateRaw[] = []
  global.gc?.()
  const before = process.memoryUsage.rss()
  for (let n = 0; n < inflaters; n++) {
    const inflater = createInflateRaw({ chunkSize: 4 * 1_024 })
    inflater.on('data', () => undefined)
    inflater.write(data)
    await new Promise<void>((resolve) => inflater.flush(() => resolve()))
    inflater.reset()
    kept.push(inflater)
  }
  global.gc?.()
  const kib = (process.memoryUsage.rss() - before) / kept.length / 1_024
  console.log(`an inflater that has read ${bytes} B keeps ${kib.toFixed(0)} KiB`)
  for (const inflater of kept) inflater.close()
}
