// Settings of where messages are described: images of protobuf descriptors, and a schema registry for those who need one.
import { z } from 'zod'
import { duration, pause } from './units.ts'

export const schemas = z.strictObject({
  images: z
    .array(z.string().min(1))
    .meta({ file: true })
    .default([])
    .describe(
      'descriptors of messages, as `buf build -o image.binpb` writes them: files, or folders with *.binpb, found from the folder of the configuration',
    ),
  reload: pause
    .default(2_000)
    .describe(
      'how often the images are looked at for changes; 0: never. A bad or breaking change is refused',
    ),
})

export const schemaRegistry = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\//, 'http://… or https://…')
    .optional()
    .describe('a schema registry that speaks the REST API of Confluent; may hold user and password'),
  subject: z
    .enum(['topic', 'record', 'topic-record'])
    .default('topic')
    .describe('the subject of a value: <topic>-value, the name of its message, or <topic>-<message>'),
  timeout: duration.default(5_000).describe('for one answer'),
  refresh: duration.default(60_000).describe('how often the newest version of a subject is asked for'),
})
