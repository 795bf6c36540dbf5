// The assistant: streams the words of a language model to who asked, and keeps each conversation as the history of a channel.
import { openDemo } from '../demo.ts'
import { follow } from '../kit/follow.ts'
import type { Received } from '../kit/received.ts'
import { CompletionError, openAi, standIn, type Turn } from './completions.ts'
import { Conversations } from './conversations.ts'

const { ASSISTANT_URL: url, ASSISTANT_KEY: key, ASSISTANT_MODEL: model = 'default' } = process.env
const { backend, group, topicOf } = openDemo('assistant', 'assistant.said')
const complete = url ? openAi({ url, key, model }) : standIn
const conversations = new Conversations()

type Question = { readonly conversation: string; readonly question: string; readonly text: string }

const name = /^[\w-]{1,64}$/
const mostCharacters = 8_000

function isQuestion(value: unknown): value is Question {
  const { conversation, question, text } = (value ?? {}) as Record<string, unknown>
  if (typeof conversation !== 'string' || typeof question !== 'string' || typeof text !== 'string')
    return false
  return name.test(conversation) && name.test(question) && text.length > 0 && text.length <= mostCharacters
}

async function answer(received: Received): Promise<void> {
  const { user, tenant, signal } = received
  const asked = received.json()
  if (user === undefined || !isQuestion(asked)) {
    await received.reply(`ask with a text of 1 to ${mostCharacters} characters`, { error: 'bad-question' })
    return
  }
  const { question, text } = asked
  const channel = `assistant:${user}:${asked.conversation}`

  // All windows of the user see what is said here, and so does this program when it starts anew.
  const say = async (role: Turn['role'], content: string, isStopped = false) => {
    conversations.add(`${tenant} ${channel}`, `${role} ${question}`, { role, content })
    const value = { question, text: content, ...(isStopped ? { stopped: true } : {}) }
    await received.sendTo({ channel }, value, { type: role, id: `${role}-${question}` })
  }

  await say('user', text)
  let whole = ''
  const pieces = async function* heard() {
    for await (const piece of complete(conversations.of(`${tenant} ${channel}`), signal)) {
      whole += piece
      yield piece
    }
  }
  try {
    await received.replyEach(pieces(), { last: '' })
  } catch (failure) {
    if (!(failure instanceof CompletionError)) throw failure
    console.error(`${failure.code}: ${failure.message}`, failure.cause ?? '')
    await received.reply(failure.message, { error: failure.code })
    return
  }
  // Whoever cancels has read a part of it.
  if (whole !== '') await say('assistant', whole, signal.aborted)
}

await follow(backend, { topic: topicOf('assistant.said'), group }, ({ tenant, type, headers, value }) => {
  if (type !== 'user' && type !== 'assistant') return
  const { question, text } = JSON.parse(value.toString()) as Question
  const channel = headers['ce_to']?.replace('channel:', '') ?? ''
  conversations.add(`${tenant} ${channel}`, `${type} ${question}`, { role: type, content: text })
})
await backend.consume({ topic: topicOf('assistant.in'), retries: 2, deadLetterTopic: false }, answer)
console.log(`the assistant answers, with ${url ? `${model} at ${url}` : 'a stand-in for a model'}`)
