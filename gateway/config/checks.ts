// Settings that are right one by one but not together.
import { admissionContradictions } from './admission-checks.ts'
import { channelContradictions } from './channel-checks.ts'
import { deliveryContradictions } from './delivery-checks.ts'
import { feedContradictions } from './feed-checks.ts'
import { limitContradictions } from './limit-checks.ts'
import { orderContradictions } from './order-checks.ts'
import { payloadContradictions } from './payload-checks.ts'
import { policyContradictions } from './policy-checks.ts'
import type { Finding } from './problem.ts'
import { routeContradictions, topicContradictions } from './route-checks.ts'
import type { Config } from './settings.ts'
import { tenantContradictions } from './tenant-checks.ts'
import { transportContradictions } from './transport-checks.ts'

/** Everything that does not fit together. `folder` is where relative files are found. */
export const contradictions = (config: Config, folder: string): readonly Finding[] => [
  ...orderContradictions(config),
  ...deliveryContradictions(config),
  ...admissionContradictions(config, folder),
  ...transportContradictions(config, folder),
  ...topicContradictions(config),
  ...routeContradictions(config),
  ...channelContradictions(config),
  ...feedContradictions(config),
  ...payloadContradictions(config, folder),
  ...policyContradictions(config),
  ...limitContradictions(config),
  ...tenantContradictions(config),
]
