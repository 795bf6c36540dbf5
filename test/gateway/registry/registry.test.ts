// The registry on Redis keeps the promises of the port.
import { registryContracts } from './contracts.ts'
import { redisWorld } from './worlds.ts'

registryContracts('Redis', redisWorld)
