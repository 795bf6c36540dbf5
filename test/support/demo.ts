// The demos as `./openclaw dev` runs them, for tests: the routes and channels of openclaw.yaml on topics of their own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { parse } from 'yaml'
import { buildClientModule } from '../../cli/dev/client-module.ts'
import { type Pages, startPages } from '../../cli/dev/pages.ts'
import type { Overrides } from '../../gateway/config/load.ts'
import { onEnd } from './cleanup.ts'
import { type Cluster, type ClusterOptions, testCluster } from './gateway.ts'
import { tokenFor } from './keys.ts'

const root = join(import.meta.dirname, '../..')

type Section = Readonly<Record<string, { readonly topic?: string }>>

type Settings = {
  readonly routes: Section
  readonly channels: Section
  readonly feeds?: Section
  readonly schemas: { readonly images: readonly string[] }
}

export type DemoCluster = Cluster & {
  /** The topic of this test in place of one that openclaw.yaml names. */
  topicOf(name: string): string
}

/** A cluster without nodes, with what openclaw.yaml says of routes, channels and feeds. */
export async function demoCluster(t: TestContext, options: ClusterOptions = {}): Promise<DemoCluster> {
  const settings = parse(readFileSync(join(root, 'openclaw.yaml'), 'utf8')) as Settings
  const cluster = await testCluster(t, options)
  const topicOf = (name: string) => `${cluster.name}.${name}`
  const names = new Set<string>()
  const renamed = (section: Section = {}): Section =>
    Object.fromEntries(
      Object.entries(section).map(([name, each]) => {
        if (each.topic === undefined) return [name, each]
        names.add(each.topic)
        return [name, { ...each, topic: topicOf(each.topic) }]
      }),
    )
  const [routes, channels, feeds] = [settings.routes, settings.channels, settings.feeds].map((section) =>
    renamed(section),
  )
  await cluster.kafka.createTopics([...names].map((name) => ({ topic: topicOf(name) })))
  const images = settings.schemas.images.map((image) => join(root, image))
  const overrides = { ...cluster.overrides, routes, channels, feeds, schemas: { images } } as Overrides
  return { ...cluster, overrides: { ...overrides, development: true }, topicOf }
}

/** The pages for gateways at these ports, asked for at each attempt to connect, with the client as it is now. */
export async function demoPages(
  t: TestContext,
  { folder }: Cluster,
  ports: () => readonly number[],
): Promise<Pages> {
  await buildClientModule(folder)
  const pages = await startPages({
    port: 0,
    gateways: () => ports().map((port) => `ws://127.0.0.1:${port}/`),
    token: (user) => tokenFor(user),
    modules: folder,
  })
  onEnd(t, () => pages.stop())
  return pages
}
