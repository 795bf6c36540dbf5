// Whether a request that asks for an upgrade is a WebSocket handshake as RFC 6455 section 4.2.1 has it. Pure.
import type { IncomingMessage } from 'node:http'

/** The only version of the protocol that is spoken here, and by anybody. */
export const webSocketVersion = '13'

/** 16 bytes in base64. */
const keyPattern = /^[A-Za-z0-9+/]{22}==$/

/**
 * Asked before anything else, so that what could never be completed uses up no ticket and is counted for nobody. node
 * looks at Host and version of plain requests, not at those of upgrades.
 */
export const isHandshake = ({ method, httpVersion, headers, headersDistinct }: IncomingMessage): boolean =>
  method === 'GET' &&
  httpVersion === '1.1' &&
  headersDistinct['host']?.length === 1 &&
  headers.upgrade?.toLowerCase() === 'websocket' &&
  headers['sec-websocket-version'] === webSocketVersion &&
  keyPattern.test(headers['sec-websocket-key'] ?? '')
