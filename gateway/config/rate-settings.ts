// How much in how much time: of an address, a connection, a principal and a node. Shared between nodes where it says so.
import { z } from 'zod'
import { cidr } from './cidr.ts'
import { byteRate, rate } from './units.ts'

const most = z.union([z.literal('unlimited'), z.number().int().min(1)])
const off = 'unlimited'

const traffic = (whose: string) => ({
  messages: rate.default(off).describe(`messages that ${whose} may send`),
  bytes: byteRate.default(off).describe(`bytes of messages that ${whose} may send`),
  messagesOut: rate.default(off).describe(`messages written to ${whose}; more of them wait`),
  bytesOut: byteRate.default(off).describe(`bytes written to ${whose}; more of them wait`),
})

export const rates = z.strictObject({
  address: z
    .strictObject({
      newConnections: rate
        .default('6000/m')
        .describe('handshakes from one address, over all nodes; an IPv6 address counts as its /64'),
      connections: most.default(off).describe('connections of one address at a time, over all nodes'),
      uncounted: z
        .array(cidr)
        .default(['127.0.0.0/8', '::1'])
        .describe('addresses whose connections and handshakes are not counted, such as a health check'),
    })
    .prefault({}),
  principal: z
    .strictObject({
      newConnections: rate
        .default(off)
        .describe('connections that one user may open, over all nodes; anonymous principals are not counted'),
      connections: most.default(off).describe('connections of one user at a time, over all nodes'),
      ...traffic('one user on one node'),
    })
    .prefault({}),
  connection: z
    .strictObject({
      ...traffic('one connection'),
      pings: rate
        .default('20/s')
        .describe('WebSocket pings and pongs of one connection; more of them close it with 4529'),
      refusals: rate
        .default('1000/m')
        .describe('refusals for a rate that one connection may get; more of them close it with 4529'),
    })
    .prefault({}),
  node: z.strictObject(traffic('all connections of this node')).prefault({}),
})
