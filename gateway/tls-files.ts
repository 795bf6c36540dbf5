// Reads the files of TLS and says what is wrong with them in a sentence, before a connection depends on them.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

export type TlsFiles = {
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly ca?: string | undefined
}
/** The contents, PEM. */
export type TlsPair = { readonly cert?: Buffer; readonly key?: Buffer; readonly ca?: Buffer }

/** One of the files is no good; the message names it and never shows what is in it. */
export class TlsFileProblem extends Error {
  override readonly name = 'TlsFileProblem'
  readonly part: keyof TlsFiles

  constructor(part: keyof TlsFiles, message: string) {
    super(message)
    this.part = part
  }
}

const read = (part: keyof TlsFiles, file: string | undefined): Partial<Record<keyof TlsFiles, Buffer>> => {
  if (file === undefined) return {}
  try {
    return { [part]: readFileSync(file) }
  } catch {
    throw new TlsFileProblem(part, `cannot read the file ${file}`)
  }
}

const works = (options: TlsPair): boolean => {
  try {
    createSecureContext(options)
    return true
  } catch {
    return false
  }
}

/** Reads them all. Throws `TlsFileProblem` where one is missing, is no PEM, or key and certificate are no pair. */
export const readTlsFiles = (files: TlsFiles): TlsPair => {
  const pair: TlsPair = { ...read('cert', files.cert), ...read('key', files.key), ...read('ca', files.ca) }
  const { cert, key, ca } = pair
  if (cert !== undefined && !works({ cert }))
    throw new TlsFileProblem('cert', `${files.cert} holds no certificate in PEM`)
  if (key !== undefined && !works({ key }))
    throw new TlsFileProblem('key', `${files.key} holds no private key in PEM without a passphrase`)
  if (cert !== undefined && key !== undefined && !works({ cert, key }))
    throw new TlsFileProblem('key', `${files.key} is not the key of the certificate in ${files.cert}`)
  if (ca !== undefined && !(works({ ca }) && ca.includes('-----BEGIN ')))
    throw new TlsFileProblem('ca', `${files.ca} holds no certificates in PEM`)
  return pair
}

/** When the first certificate of a chain ends, as text; empty where there is none. */
export const endOf = ({ cert }: TlsPair): string =>
  cert === undefined ? '' : new Date(new X509Certificate(cert).validTo).toISOString()
