import type { UUID } from '@sup/types'
import { randomBytes } from 'node:crypto'

/** What this process is to clients and other nodes. */
export type Node = {
  /** Random: says nothing about the machine. */
  readonly id: string
  /** Of the database; unknown until main-api has told it. */
  epoch: UUID
  /** It shuts down: nobody new is let in. */
  isDraining: boolean
}

const UNKNOWN_EPOCH = '00000000-0000-0000-0000-000000000000'

export const createNode = (): Node => ({
  id: randomBytes(6).toString('hex'),
  epoch: UNKNOWN_EPOCH,
  isDraining: false,
})

/**
 * Notes the epoch that main-api told.
 *
 * @returns True when it is another one than before: the database was restored.
 */
export function noteEpoch(node: Node, epoch: UUID): boolean {
  const isRestored = node.epoch !== UNKNOWN_EPOCH && node.epoch !== epoch
  node.epoch = epoch
  return isRestored
}
