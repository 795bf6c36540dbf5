// The one error that a handler throws on purpose.

/** Thrown by a handler for a record that will never succeed: it goes to the dead letters without further attempts. */
export class Unprocessable extends Error {
  override readonly name = 'Unprocessable'
}
