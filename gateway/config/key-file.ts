// A JWKS file must be there and must hold public keys only: a private key in it would be a leak waiting to happen.
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isSection } from './tree.ts'

const privateParts = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

const keyTrouble = (key: unknown, at: number): string | undefined => {
  if (!isSection(key)) return `key ${at + 1} is not a JWK`
  if (key.kty === 'oct') return `key ${at + 1} is a shared secret, which is no public key`
  if (privateParts.some((part) => part in key))
    return `key ${at + 1} is a private key; keep only the public half here`
  try {
    createPublicKey({ key: key as JsonWebKey, format: 'jwk' })
    return undefined
  } catch {
    return `key ${at + 1} is not a public key that can be read`
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What is wrong with a JWKS file; undefined where it is good. */
export const keyFileTrouble = (file: string, folder: string): string | undefined => {
  let text: string
  try {
    text = readFileSync(resolve(folder, file), 'utf8')
  } catch {
    return `cannot read the file ${file}`
  }
  const set = parse(text)
  const keys = isSection(set) && Array.isArray(set.keys) ? (set.keys as readonly unknown[]) : undefined
  if (keys === undefined) return `${file} is no JWKS: expected {"keys": […]}`
  if (keys.length === 0) return `${file} holds no key`
  const trouble = keys.map(keyTrouble).find((each) => each !== undefined)
  return trouble === undefined ? undefined : `in ${file}, ${trouble}`
}
