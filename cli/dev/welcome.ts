// What a person sees when the development stack is up: where things are, and what to try first.

export type Addresses = {
  /** Of the demo pages. */
  readonly pages: string
  readonly gateway: string
  readonly admin: string
  readonly brokers: string
  readonly redis: string
  readonly token: string
  /** `NAME=value` that commands in another terminal need. */
  readonly variables: readonly string[]
}

const exported = (variables: readonly string[]): string =>
  variables.length === 0 ? '' : `\n  export ${variables.join(' ')}`

/** The text, without a line end. */
export const welcomeText = ({
  pages,
  gateway,
  admin,
  brokers,
  redis,
  token,
  variables,
}: Addresses): string => `
OpenClaw Gateway is up. Open this first, two users side by side:

  ${pages}

  gateway   ${gateway}
  admin     ${admin}/readyz  /metrics
  Kafka     ${brokers}
  Redis     ${redis}

A token for alice, good for 12 hours (another one: ./openclaw token bob):

${token}

Then try, in a second terminal:
${exported(variables)}
  ./openclaw listen --route echo                   type a line: the echo consumer answers it through Kafka
  ./openclaw send user:alice '{"text":"hello"}'    a backend speaks to alice

In the console of a browser, on a page of localhost:

  ws = new WebSocket('${gateway}', ['openclaw.v1.json'])
  ws.onmessage = (event) => console.log(event.data)
  ws.onopen = () => ws.send(JSON.stringify({ hello: { token: '<the token above>' } }))
  ws.send(JSON.stringify({ publish: { id: '1', route: 'echo', payload: { text: 'hi' } } }))

With any Kafka client, and with curl:

  echo '{"text":"from kcat"}' | kcat -P -b ${brokers} -t openclaw.dispatch -H ce_to=user:alice
  curl ${admin}/readyz?deep

Ctrl-C stops everything; the data stays for the next start.
`
