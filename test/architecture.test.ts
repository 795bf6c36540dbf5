// Holds the code to its floor plan: who may import whom, one room for each library, no cycles, pure rooms, small files.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as plan from './support/floor-plan.ts'
import type { Import, SourceFile } from './support/source.ts'
import { findCycles, importsOf, readSources } from './support/source.ts'

const sources = readSources()

/** "gateway" of gateway/inbound/route.ts. */
const folderOf = (path: string) => path.split('/')[0] ?? ''

/** "inbound" of gateway/inbound/route.ts, "errors" of gateway/errors.ts, "cli" of anything there. */
function roomOf(path: string): string {
  const [folder = '', second = ''] = path.split('/')
  return folder === 'gateway' ? second.replace(/\.ts$/, '') : folder
}

/** "inbound/ports" of gateway/inbound/ports.ts. */
const fileOf = (path: string) => path.replace(/^gateway\//, '').replace(/\.ts$/, '')

/** One sentence for each breach; none is the wish. */
function expectNone(breaches: readonly string[]): void {
  assert.ok(breaches.length === 0, `${breaches.length} breaches of the floor plan:\n${breaches.join('\n')}`)
}

function eachImport(check: (file: SourceFile, taken: Import) => string | undefined): string[] {
  return sources.flatMap((file) => file.imports.flatMap((taken) => check(file, taken) ?? []))
}

function isAllowed(room: string, { target, typesOnly }: Import): boolean {
  const to = roomOf(target)
  if (to === room) return true
  return (plan.arrows[room] ?? []).some((entry) => {
    if (entry === '*' || entry === to || entry === fileOf(target)) return true
    if (entry === 'ports') return plan.portFiles.includes(fileOf(target))
    return entry === `${to}:types` && typesOnly
  })
}

test('the top folders meet only where the floor plan lets them', () => {
  expectNone(
    eachImport(({ path }, { target, ours }) => {
      const allowed = plan.folders[folderOf(path)]
      if (!ours || !allowed || folderOf(target) === folderOf(path) || allowed.includes(folderOf(target)))
        return
      return `${path} imports ${target}, but ${folderOf(path)} may import only ${allowed.join(', ') || 'nothing'}.`
    }),
  )
})

test('each room imports only rooms that the floor plan allows it', () => {
  expectNone(
    eachImport(({ path }, taken) => {
      const room = roomOf(path)
      const isBound = folderOf(path) === 'gateway' || (room === 'cli' && folderOf(taken.target) === 'gateway')
      if (!isBound || !taken.ours || isAllowed(room, taken)) return
      const what = taken.typesOnly ? 'types of ' : ''
      const allowed = (plan.arrows[room] ?? ['nothing: it has no line in the floor plan']).join(', ')
      return `${path} imports ${what}${taken.target}, but ${room} may import only ${allowed}.`
    }),
  )
})

test('each library is imported in its one room', () => {
  expectNone(
    eachImport(({ path }, { target, ours, typesOnly }) => {
      if (ours || folderOf(path) !== 'gateway') return
      const isNode = target.startsWith('node:')
      const rooms = isNode ? plan.nodeParts[target] : (plan.libraries[target] ?? [])
      if (!rooms || rooms.includes(roomOf(path)) || (isNode && typesOnly)) return
      return `${path} imports ${target}, which belongs to ${rooms.join(', ') || 'no room of the floor plan'}.`
    }),
  )
})

test('only the kit of the backends imports a client of Kafka there', () => {
  expectNone(
    eachImport(({ path }, { target }) => {
      if (target !== 'kafkajs' || folderOf(path) !== 'consumers' || path.startsWith(plan.consumersKafka))
        return
      return `${path} imports kafkajs, which belongs to ${plan.consumersKafka}.`
    }),
  )
})

test('there are no import cycles, those of types included', () => {
  expectNone(findCycles(sources).map((files) => `${files.join(' imports ')}: a cycle.`))
})

test('the environment is read only in gateway/config', () => {
  const isBound = (path: string) => folderOf(path) === 'gateway' && roomOf(path) !== 'config'
  const reading = sources.filter(
    ({ path, text }) => isBound(path) && /\bprocess\.env\b|\benv\b.*'node:process'/.test(text),
  )
  expectNone(reading.map(({ path }) => `${path} reads process.env, which only gateway/config may.`))
})

test('pure rooms look at no clock and touch nothing outside', () => {
  const pure = sources.filter(
    ({ path }) => folderOf(path) === 'gateway' && plan.pureRooms.includes(roomOf(path)),
  )
  expectNone(
    pure.flatMap(({ path, text, imports }) => {
      const clock =
        /\b(Date\.now|new Date\(\)|performance\.now|setTimeout|setInterval|setImmediate|Math\.random)\b/.exec(
          text,
        )
      const parts = imports.filter(
        ({ target }) => target.startsWith('node:') && !plan.pureNodeParts.includes(target),
      )
      return [
        ...(clock ? [`${path} uses ${clock[0]}, but ${roomOf(path)} is pure.`] : []),
        ...parts.map(({ target }) => `${path} imports ${target}, but ${roomOf(path)} is pure.`),
      ]
    }),
  )
})

test(`no file is longer than ${plan.mostLines} lines`, () => {
  const long = sources.filter(({ lines }) => lines > plan.mostLines)
  expectNone(
    long.map(({ path, lines }) => `${path} has ${lines} lines: find the second idea in it and move it out.`),
  )
})

test('each file opens with a comment that says what it is for', () => {
  const silent = sources.filter(({ text }) => !/^(#!.*\n)?(\/\/ ?\S|\/\*\*?\s*\S)/.test(text))
  expectNone(silent.map(({ path }) => `${path} does not open with a comment.`))
})

test('the room map knows every room that exists', () => {
  const rooms = new Set(
    sources.filter(({ path }) => folderOf(path) === 'gateway').map(({ path }) => roomOf(path)),
  )
  const unknown = [...rooms].filter((room) => !(room in plan.arrows))
  expectNone(unknown.map((room) => `gateway/${room} has no line in the floor plan.`))
})

test('imports of every form are seen, and whether they take types alone', () => {
  const text = [
    `import a from 'one'`,
    `import type { B } from './two.ts'`,
    `import {\n  type C,\n  type D,\n} from '../three.ts'`,
    `import e, { type F } from '@x/four/deep'`,
    `export { g } from './five.ts'`,
    `export type { H } from './six.ts'`,
    `import 'node:seven'`,
    `const i = await import('./eight.ts')`,
    `import * as j from '#schemas/nine_pb.ts'`,
    `export const k = (from: string) => 'not an import'`,
  ].join('\n')
  const seen = importsOf('gateway/room/file.ts', text).map(
    ({ target, typesOnly }) => `${target}${typesOnly ? ' types' : ''}`,
  )
  const files = ['gateway/room/two.ts types', 'gateway/three.ts types', '@x/four', 'gateway/room/five.ts']
  const others = ['schemas/gen/openclaw/v1/nine_pb.ts', 'node:seven', 'gateway/room/eight.ts']
  assert.deepEqual(seen, ['one', ...files, 'gateway/room/six.ts types', ...others])
})
