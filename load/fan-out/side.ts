// One side of the comparison, whatever program it is.
import type { Child } from '../child.ts'
import type { Target } from './crowd.ts'
import type { Order } from './notes.ts'
import type { SideName } from './options.ts'

export type Side = Target & {
  readonly name: SideName
  readonly child: Child
  set(order: Order): Promise<void>
  /** Sends one burst to every listener; what becomes of it is seen there. */
  go(): void | Promise<void>
  stop(): Promise<void>
}

export type Start = (name: string, args: readonly string[], program?: string) => Child
