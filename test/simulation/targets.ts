// Which node, socket or slot an operation is about: its numbers taken modulo what there is.
import { opened, pick, ready, runs } from './events.ts'
import type { Node, Socket, Tenure, World } from './world.ts'

export type Apply = (world: World, a: number, b: number, c: number) => boolean

export const onNode =
  (act: (world: World, node: Node, b: number, c: number) => boolean): Apply =>
  (world, a, b, c) => {
    const node = pick(world.nodes, a)
    return runs(node) && act(world, node, b, c)
  }
export const onSocket = (act: (world: World, socket: Socket, c: number) => boolean): Apply =>
  onNode((world, node, b, c) => {
    const socket = pick(opened(node), b)
    return socket !== undefined && act(world, socket, c)
  })
export const onTenure = (act: (world: World, node: Node, tenure: Tenure, c: number) => boolean): Apply =>
  onNode((world, node, b, c) => {
    const tenure = pick(ready(node), b)
    return tenure !== undefined && act(world, node, tenure, c)
  })

/** How often it is tried, beside the others, and what it does: false when there was nothing to do. */
export type Possible = { readonly weight: number; readonly apply: Apply }
