// Numbers and times as frames can carry them: whatever is handed in, what comes out fits the field.

const firstTime = Date.parse('0001-01-01T00:00:00.000Z')
const lastTime = Date.parse('9999-12-31T23:59:59.999Z')

/** Milliseconds since the epoch, within the years 1 to 9999 of google.protobuf.Timestamp; a producer may send any. */
export const toTime = (ms: number): number => Math.min(Math.max(Math.trunc(ms) || 0, firstTime), lastTime)

// Neighbouring deliveries share their second, and writing out a date costs more than the rest of a small frame.
let lastSecond = { second: 0, prefix: '1970-01-01T00:00:00.' }

/** RFC 3339 in UTC with milliseconds. */
export const toRfc3339 = (ms: number): string => {
  const time = toTime(ms)
  const second = Math.floor(time / 1000)
  if (second !== lastSecond.second) {
    lastSecond = { second, prefix: new Date(second * 1000).toISOString().slice(0, -4) }
  }
  return `${lastSecond.prefix}${String(time - second * 1000).padStart(3, '0')}Z`
}

/** A whole number that fits uint32: counts, and durations in ms. */
export const toUint32 = (value: number): number =>
  Math.min(Math.max(Math.round(value) || 0, 0), 0xff_ff_ff_ff)
