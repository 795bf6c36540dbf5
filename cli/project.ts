// Where things are in a clone.
import { join } from 'node:path'

/** The folder of the project. */
export const root = join(import.meta.dirname, '..')

/** What development keeps between two starts: keys, and the data and logs of Kafka and Redis. Not in git. */
export const home = join(root, '.openclaw')

/** The configuration that comes with the project. */
export const ownConfig = join(root, 'openclaw.yaml')

/** The file that commands are run by; a child process of ours is started with it. */
export const mainFile = join(import.meta.dirname, 'main.ts')
