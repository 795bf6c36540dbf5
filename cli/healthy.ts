// The health check of the container image: exit code 0 while the gateway beside it is ready.
import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getSecure } from 'node:https'

const port = Number(process.env.OPENCLAW_ADMIN_PORT || '9091')
const answerMs = 1_200

/** Its status and text. Whose certificate it has does not matter: it is this machine, and no secret is sent. */
const ask = (secure: boolean): Promise<{ readonly status: number; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const onAnswer = (answer: IncomingMessage): void => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    }
    const options = { host: '127.0.0.1', port, path: '/readyz', timeout: answerMs }
    const request = secure
      ? getSecure({ ...options, rejectUnauthorized: false }, onAnswer)
      : getPlain(options, onAnswer)
    request.once('timeout', () => request.destroy(new Error('no answer')))
    request.once('error', reject)
  })

try {
  const { status, text } = await ask(false).catch(() => ask(true))
  if (status !== 200) console.log(text)
  process.exitCode = status === 200 ? 0 : 1
} catch {
  console.log(`nothing answers on port ${port}`)
  process.exitCode = 1
}
