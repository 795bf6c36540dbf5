// One small question to a Kafka or a Redis over a plain socket, to know that it really serves and not only listens.
import { connect } from 'node:net'

const answerMs = 1_000

/** Whether the Kafka on this port of 127.0.0.1 answers, knows its controller and counts a broker as alive. */
export async function kafkaServes(port: number): Promise<boolean> {
  const answer = await ask(port, metadataRequest(), (bytes) => {
    return bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)
  })
  // Length and correlation id, then the count of brokers that are alive; a broker that is starting lists none.
  return answer !== undefined && answer.length >= 12 && answer.readInt32BE(8) > 0
}

/** Whether the Redis on this port of 127.0.0.1 answers PING; one that is still loading its data does not count. */
export async function redisServes(port: number): Promise<boolean> {
  const answer = await ask(port, Buffer.from('PING\r\n'), (bytes) => bytes.includes('\r\n'))
  return answer?.toString('latin1').startsWith('+PONG') ?? false
}

/** A Metadata request, version 1, for no topic: who is alive, and nothing else. */
function metadataRequest(): Buffer {
  const bytes = Buffer.alloc(18)
  bytes.writeInt32BE(bytes.length - 4, 0)
  bytes.writeInt16BE(3, 4) // api key: metadata
  bytes.writeInt16BE(1, 6) // its version
  bytes.writeInt32BE(1, 8) // correlation id
  bytes.writeInt16BE(-1, 12) // no client id
  bytes.writeInt32BE(0, 14) // no topics
  return bytes
}

/** The answer once it is `whole`; undefined when there is none within a second. */
function ask(port: number, question: Buffer, whole: (bytes: Buffer) => boolean): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  let bytes = Buffer.alloc(0)
  const socket = connect({ host: '127.0.0.1', port })
  const settle = (answer?: Buffer) => {
    clearTimeout(deadline)
    socket.destroy()
    resolve(answer)
  }
  const deadline = setTimeout(settle, answerMs)
  socket.on('connect', () => socket.write(question))
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    if (whole(bytes) || bytes.length > 65_536) settle(bytes)
  })
  socket.on('error', () => settle())
  socket.on('close', () => settle())
  return promise
}
