// A route is added to a configuration without another line of it changing; what it means is checked either way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { withRoute } from '../../../cli/schemas/route-edit.ts'

const route = { route: 'typing', topic: 'typing.in' }
const image = 'schemas/gen/image.binpb'
const added = { topic: 'typing.in', payload: { type: 'chat.v1.Typing' }, match: [{ path: '/typing' }] }

const edit = (text: string): string => {
  const edited = withRoute(text, route, 'chat.v1.Typing', image)
  assert.ok(typeof edited !== 'string', JSON.stringify(edited))
  return edited.text
}

test('in a block of routes it stands behind the last, and every other line stays as it was', () => {
  const text = `# first
cluster: main   # odd   spacing
list: [ 1,2 ]

routes:
    # the echo
    echo:
        topic: echo.in # kept
        match: [{ path: / }]   # here, too

# of the schemas
schemas: { images: [${image}] }
`
  const edited = edit(text)
  const lines = text.split('\n')
  const at = lines.findIndex((line) => line.includes('here, too')) + 1
  const expected = [
    ...lines.slice(0, at),
    '    typing:',
    '      topic: typing.in',
    '      payload: { type: chat.v1.Typing }',
    '      match: [{ path: /typing }]',
    ...lines.slice(at),
  ]
  assert.deepEqual(edited.split('\n'), expected)
})

test('the image is added where the configuration does not name it yet', () => {
  const edited = edit('routes:\n  echo:\n    topic: echo.in')
  assert.deepEqual(parse(edited), {
    routes: { echo: { topic: 'echo.in' }, typing: added },
    schemas: { images: [image] },
  })
  assert.ok(edited.startsWith('routes:\n  echo:\n    topic: echo.in\n  typing:\n'))
})

test('every other way to write it comes to the same, comments and order kept', () => {
  const before = { cluster: 'main', log: { level: 'info' } }
  for (const text of [
    'cluster: main # mine\nlog: { level: info }\n',
    'cluster: main # mine\nroutes: {}\nlog: { level: info }\n',
    'cluster: main # mine\nroutes:\nlog: { level: info }\n',
    'cluster: main # mine\nschemas: { images: [other.binpb], reload: 5s }\nlog: { level: info }\n',
    'cluster: main # mine\nroutes: { echo: { topic: echo.in } }\nlog: { level: info }\n',
    'cluster: main # mine\nschemas:\n  images: []\nroutes:\n  echo: { topic: echo.in }\nlog: { level: info }',
    '',
  ]) {
    const was = (parse(text) ?? {}) as { routes?: object; schemas?: { images?: string[] } }
    const edited = edit(text)
    const images = [...(was.schemas?.images ?? []), image]
    assert.deepEqual(
      parse(edited),
      {
        ...(text === '' ? {} : before),
        schemas: { ...was.schemas, images },
        routes: { ...was.routes, typing: added },
      },
      text,
    )
    if (text !== '') assert.ok(edited.startsWith('cluster: main # mine\n'), edited)
  }
})

test('a route that is there is not touched, nor is what is no YAML', () => {
  const twice = withRoute('routes: { typing: { topic: t } }', route, 'chat.v1.Typing', image)
  assert.match(JSON.stringify(twice), /^"it has a route typing already/)
  assert.match(
    JSON.stringify(withRoute('routes: [', route, 'chat.v1.Typing', image)),
    /^"it is not readable as YAML/,
  )
})
