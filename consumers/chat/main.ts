// The backend of the demo chat: throws dice for whoever writes `/roll 2d6`, and says to the room what they show.
import { randomInt } from 'node:crypto'
import { MessageSchema } from '#messages/openclaw/examples/chat/v1/chat_pb.ts'
import { openDemo } from '../demo.ts'

const { backend, topicOf } = openDemo('chat')

const roll = /^\/roll (\d{1,2})d(\d{1,3})$/

/** The rule of the channels `chat:…` in openclaw.yaml: a route does not know it, so whoever writes to a room has to. */
const mayWrite = (room: string, user: string): boolean =>
  !room.includes('-and-') || room.split('-and-').includes(user)

const source = {
  topic: topicOf('chat.in'),
  schema: MessageSchema,
  retries: 2,
  deadLetterTopic: false as const,
}

// The gateway has checked the message against chat.proto, so it has a room and a text.
await backend.consume(source, async (received) => {
  const { message, user = '', type = '', id = '' } = received
  if (!type.endsWith('.msg')) return
  const { room, text } = message
  if (!mayWrite(room, user)) {
    await received.reply(`${room} is not your room`, { error: 'forbidden' })
    return
  }
  const [, dice = '', sides = ''] = roll.exec(text) ?? []
  if (!(Number(dice) > 0 && Number(sides) > 0)) {
    await received.reply('try /roll 2d6', { error: 'unknown-command' })
    return
  }
  const shown = Array.from({ length: Number(dice) }, () => randomInt(Number(sides)) + 1)
  const sum = shown.reduce((all, each) => all + each, 0)
  // A name of its own: if this is done twice after a crash, pages know the copy.
  const options = { type: 'msg', id: `roll-${id}` }
  await received.sendTo(
    { channel: `chat:${room}` },
    { room, text: `${user} rolls ${shown.join(' + ')} = ${sum}` },
    options,
  )
  await received.reply({ sum })
})
console.log('chat throws dice')
