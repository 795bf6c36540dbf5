// Pages come only from the origins that are listed, exactly; who is no page has no origin.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOriginRule } from '../../../gateway/admission/origin.ts'

const rule = createOriginRule(['https://app.example.com'], false)
const development = createOriginRule([], true)

for (const [origin, allowed, inDevelopment] of [
  ['https://app.example.com', true, false],
  [undefined, true, true],
  ['null', false, false],
  ['', false, false],
  ['https://app.example.com:443', false, false],
  ['https://app.example.com/', false, false],
  ['http://app.example.com', false, false],
  ['https://APP.example.com', false, false],
  ['https://evil.app.example.com', false, false],
  ['https://app.example.com.evil.net', false, false],
  ['http://localhost', false, true],
  ['http://localhost:5173', false, true],
  ['https://127.0.0.1:8443', false, true],
  ['http://[::1]:3000', false, true],
  ['http://localhost.evil.net', false, false],
  ['http://localhost:5173@evil.net', false, false],
  ['http://127.0.0.1.evil.net', false, false],
  ['http://localhost:5173\n', false, false],
  ['file://', false, false],
] as const) {
  test(`${JSON.stringify(origin)} is ${allowed ? '' : 'not '}allowed, in development ${inDevelopment}`, () => {
    assert.deepEqual([rule(origin), development(origin)], [allowed, inDevelopment])
  })
}
