// Whether a request of an operator shows the admin token.
import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Takes the `Authorization` header. Without a token everybody is let through; it takes as long whatever is shown. */
export const tokenCheck = (token: string | undefined): ((authorization: string | undefined) => boolean) => {
  if (token === undefined) return () => true
  const expected = digest(`Bearer ${token}`)
  // The name of the scheme is not case-sensitive.
  return (authorization = '') =>
    timingSafeEqual(digest(authorization.replace(/^bearer +/i, 'Bearer ')), expected)
}
