// @openclaw/testkit: all that tests may use, by name.
export { createTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.ts'
export type { ProduceOptions, TestKafka, TestRecord } from './kafka.ts'
export type { SlowClient } from './slow-client.ts'
export type { TokenOptions } from './tokens.ts'
