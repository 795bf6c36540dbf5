// An AsyncAPI 3 document of one configuration: who may send and receive what, over WebSockets and in Kafka. Pure.
import type { Config } from '../../gateway/config/settings.ts'
import type { Descriptors } from '../../gateway/payloads/descriptors.ts'
import { gatewayUrl } from '../addresses.ts'
import { deliveryHeaders, inboundHeaders } from './headers.ts'
import { messageSchemas } from './json-schema.ts'
import { type Part, places } from './places.ts'
import type { JsonSchema } from './rules.ts'

export type Document = { readonly [key: string]: unknown }

const description = `What this gateway takes from WebSocket clients and from Kafka, and what it gives to both.
Operations are the gateway's own: it receives what clients and backends send. The frames around payloads are described
in schemas/PROTOCOL.md, the headers of records in schemas/TOPICS.md. Payloads are ProtoJSON; where a message is named,
clients may also send it as protobuf or MessagePack, and it stands in Kafka as its content type says.`

function serversOf(config: Config): Document {
  const { kafka } = config
  const secure = kafka.ssl !== undefined
  const brokers = kafka.brokers.map((host, at) => [
    at === 0 ? 'kafka' : `kafka-${at}`,
    {
      host,
      protocol: secure || kafka.sasl !== undefined ? 'kafka-secure' : 'kafka',
      description: 'a broker',
    },
  ])
  const clients = {
    host: new URL(gatewayUrl(config)).host,
    protocol: config.listen.tls === undefined ? 'ws' : 'wss',
    description: 'clients; subprotocols openclaw.v1.json, openclaw.v1.proto, openclaw.v1.msgpack, or none',
    security: [{ $ref: '#/components/securitySchemes/bearer' }],
  }
  return { clients, ...Object.fromEntries(brokers) }
}

const merged = (parts: readonly Part[], section: 'channels' | 'operations' | 'messages'): Document =>
  Object.assign({}, ...parts.map((part) => part[section])) as Document

/** Messages that are named but not known are left out of the schemas: a configuration that was checked has none. */
export function asyncApi(config: Config, { find }: Descriptors, version: string): Document {
  const parts = places(config)
  const descs = [...new Set(parts.flatMap(({ types }) => types))].flatMap((name) => find(name) ?? [])
  const schemas: Record<string, JsonSchema> = Object.fromEntries(messageSchemas(descs))
  return {
    asyncapi: '3.0.0',
    info: { title: `OpenClaw Gateway, cluster ${config.cluster}`, version, description },
    defaultContentType: 'application/json',
    servers: serversOf(config),
    channels: merged(parts, 'channels'),
    operations: merged(parts, 'operations'),
    components: {
      messages: merged(parts, 'messages'),
      schemas: { ...schemas, 'record.inbound': inboundHeaders, 'record.delivery': deliveryHeaders },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'or a key, a ticket, a cookie',
        },
      },
    },
  }
}
