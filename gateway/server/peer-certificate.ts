// What a TLS client has shown of itself, as plain data: nobody behind the listener sees a socket.
import type { IncomingMessage } from 'node:http'
import { type DetailedPeerCertificate, type PeerCertificate as NodeCertificate, TLSSocket } from 'node:tls'
import type { PeerCertificate } from '../admission/credential.ts'

/** Undefined without TLS, without a certificate, and with one that no authority of the listener vouches for. */
export function peerCertificate({ socket }: IncomingMessage): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  const certificate: NodeCertificate | DetailedPeerCertificate = socket.getPeerCertificate()
  return Object.keys(certificate).length === 0 ? undefined : toPlain(certificate)
}

/** A field that the subject has twice is left out: nobody knows which of the two is meant. */
export function toPlain(
  certificate: Pick<NodeCertificate, 'subject' | 'subjectaltname' | 'valid_from' | 'valid_to'>,
): PeerCertificate {
  const { subject, subjectaltname = '', valid_from, valid_to } = certificate
  const once = Object.entries(subject).filter(([, value]) => typeof value === 'string')
  return {
    subject: Object.fromEntries(once) as Record<string, string>,
    names: splitNames(subjectaltname),
    validFrom: Date.parse(valid_from),
    validTo: Date.parse(valid_to),
  }
}

/**
 * Splits `DNS:a, URI:"x, DNS:b"`. Node writes a name with a comma, a quote or anything unusual in it as a JSON string, so that
 * it cannot pass for two.
 */
export function splitNames(text: string): readonly string[] {
  const names: string[] = []
  for (const [, kind, quoted, plain] of text.matchAll(
    /(?:^|, )([A-Za-z ]+:)(?:("(?:[^"\\]|\\.)*")|([^",]*))(?=, |$)/g,
  ))
    names.push(`${kind}${quoted === undefined ? plain : (JSON.parse(quoted) as string)}`)
  return names
}
