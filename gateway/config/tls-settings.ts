// How TLS is set: at the listeners that we open, and for the servers that we call. Everything is a file, read again when needed.
import { z } from 'zod'
import { duration } from './units.ts'

const file = z.string().min(1).meta({ file: true })

/** A listener's side. */
export const listenerTls = z.strictObject({
  cert: file.describe('PEM file with the certificate and those between it and the root'),
  key: file.describe('PEM file with its private key'),
  ca: file.optional().describe('PEM file with the authorities that client certificates are checked against'),
  clientCertificates: z
    .enum(['none', 'request', 'require'])
    .default('none')
    .describe('request: asked for, and those without one come in as well; require: nobody comes in without'),
  minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('older versions are refused'),
  checkEvery: duration
    .default(10_000)
    .describe('the files are looked at this often, and read when they changed; SIGHUP does it at once'),
})

const peer = z.strictObject({
  ca: file.optional().describe('PEM file with the authorities of the server; default: those of Node'),
  cert: file.optional().describe('PEM file with our certificate, where the server asks for one'),
  key: file.optional().describe('PEM file with its private key'),
  serverName: z
    .string()
    .min(1)
    .optional()
    .describe('the name in the certificate of the server; default: the host it is called by'),
})

const toSection = (given: unknown): unknown => (given === true ? {} : given === false ? undefined : given)

/** A caller's side: a section, or `true` for one with nothing in it. */
export const callerTls = z.preprocess(toSection, peer.optional()).optional()

export type ListenerTls = z.output<typeof listenerTls>
export type CallerTls = z.output<typeof peer>
