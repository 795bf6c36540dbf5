// The mark by which gateways know each other's records on slot topics. Backends cannot make it.
import { createHmac, timingSafeEqual } from 'node:crypto'

export type Signed = {
  /** `forward`, `everyone`, or a kind of control record. */
  readonly kind: string
  readonly origin: string
  readonly to: string
  readonly hops: number
  /** The first place in a slot's log, as `slot/offset`; empty where that is still to come. */
  readonly place: string
  /** Generation of the session under which it was sent; -1 where none is known. */
  readonly generation: number
  readonly tenant: string
  readonly value: Buffer
}

/** What gateways write for each other: the value, for the topic that it stands in and no other. */
export const forTopic = (kind: string, topic: string, value: Buffer): Signed => ({
  kind,
  origin: topic,
  place: '',
  to: '',
  hops: 0,
  generation: -1,
  tenant: '',
  value,
})

const digest = (signed: Signed, secret: string): Buffer => {
  const { kind, origin, place, to, hops, generation, tenant, value } = signed
  const fields = [kind, origin, place, to, String(hops), String(generation), tenant]
  const text = fields.map((field) => `${Buffer.byteLength(field)}:${field}`).join('')
  return createHmac('sha256', secret).update(text).update(value).digest()
}

/** Signs with the current secret. */
export const sign = (signed: Signed, secret: string): string => digest(signed, secret).toString('base64url')

/** True if any of `secrets` made this mark. */
export function verify(signed: Signed, mark: string, secrets: readonly string[]): boolean {
  const given = Buffer.from(mark, 'base64url')
  return secrets.some((secret) => {
    const expected = digest(signed, secret)
    return expected.length === given.length && timingSafeEqual(expected, given)
  })
}
