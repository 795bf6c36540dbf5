// Turns whatever ioredis throws into the one failure that the rest of the gateway knows.
import { RegistryUnavailable } from './ports.ts'

const longest = 200

/**
 * Keeps the message only: a Redis error object carries the command with its arguments, a password among them where the
 * command was the login.
 */
export const toFailure = (thrown: unknown): RegistryUnavailable => {
  if (thrown instanceof RegistryUnavailable) return thrown
  const said = thrown instanceof Error ? thrown.message || thrown.name : String(thrown)
  return new RegistryUnavailable(`registry: ${said.slice(0, longest)}`)
}
