// What `openclaw schemas new` writes: a message with a first rule, and an example of how it travels. Pure.
import type { MessageName } from './message-name.ts'

export const protoText = ({ package: name, message }: MessageName): string => `syntax = "proto3";

// Say here what the messages of this package are about.
package ${name};

import "buf/validate/validate.proto";

// Say here who sends a ${message}, and when. Comments are for those who read or write it in another language.
message ${message} {
  // An example of a rule: 1 to 200 characters. What breaks it is refused by the gateway, with this field named. The rules
  // that there are stand in buf/validate/validate.proto, with examples.
  string text = 1 [(buf.validate.field).string = {min_len: 1, max_len: 200}];
}
`

/** A route that takes it: its name and its topic. */
export type NewRoute = { readonly route: string; readonly topic: string }

/** A command that publishes one as a client does. */
export const listenCommand = (route: string): string =>
  `./openclaw listen --route ${route} --publish '{"text":"hello"}' --count 2`

export const exampleText = (name: MessageName, { route, topic }: NewRoute): string => `# ${name.full}

The schema is [${name.path.split('/').at(-1)}.proto](${name.path.split('/').at(-1)}.proto). Frames of the route \`${route}\` are held against it, and stand in the topic \`${topic}\`.

## As a client

\`\`\`sh
${listenCommand(route)}
./openclaw listen --route ${route} --publish '{"text":""}' --count 2
\`\`\`

The first is answered by an \`ack\` with its offset, the second by a refusal that names the field:

\`\`\`json
{"refusal":{"id":"1","code":"invalid-payload","violations":[{"field":"text","rule":"string.min_len","message":"…"}],"…":"…"}}
\`\`\`

Any WebSocket client can do that: JSON, protobuf (\`contentType: application/protobuf\`) and MessagePack
(\`application/msgpack\`) all become the same bytes.

## As a backend

A consumer of \`${topic}\` sees protobuf, whatever the client sent:

\`\`\`text
key             alice
ce_type         openclaw.${route}
ce_subject      alice
ce_dataschema   proto:${name.full}
content-type    application/protobuf
value           0a 05 68 65 6c 6c 6f        { text: "hello" }
\`\`\`

To send one to her, as any backend can, in JSON or in protobuf; her client is shown what it speaks:

\`\`\`sh
./openclaw send user:alice '{"text":"hello"}' --header ce_dataschema=proto:${name.full}
echo '{"text":"hello"}' | npx buf convert schemas --type ${name.full} --from -#format=json --to -#format=binpb |
  ./openclaw send user:alice - --header content-type=application/protobuf --header ce_dataschema=proto:${name.full}
\`\`\`
`
