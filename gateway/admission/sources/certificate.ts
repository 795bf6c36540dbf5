// Finds the certificate of a client that the listener has checked. Comes last: it belongs to the machine, not to the one who asks.
import type { IncomingMessage } from 'node:http'
import type { CredentialSource, PeerCertificate } from '../credential.ts'

/** `certificateOf` answers undefined where the client showed none, or none that an authority of ours vouches for. */
export const certificateSource =
  (certificateOf: (request: IncomingMessage) => PeerCertificate | undefined): CredentialSource =>
  (request) => {
    const certificate = certificateOf(request)
    return certificate === undefined ? undefined : { kind: 'certificate', certificate }
  }
