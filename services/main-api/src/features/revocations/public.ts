import type { Sql } from '@sup/service-kit/postgres'
import { REVOCATIONS_CHANNEL, type Revocation } from '@sup/types'
import type { Needs } from '../../deps.js'
import { newId } from '../../ids.js'
import { revocationStore } from './revocation-store.js'

/** A revocation before it is stored. */
export type NewRevocation = Omit<Revocation, 'id' | 'at'>

/**
 * What has ended, or must be read again, written in the transaction that ends it. Every node learns of it
 * within a second by polling; `hintRevocations` after the commit makes that immediate.
 */
export function revocations(
  tx: Sql,
  { clock }: Needs<'clock'>,
): { add(...items: NewRevocation[]): Promise<Revocation[]> } {
  return {
    add: async (...items) => {
      if (items.length === 0) return []
      const at = clock.now().toISOString()
      const rows = items.map((item) => ({ ...item, id: newId({ clock }), at }))
      await revocationStore(tx).insert(rows)
      return rows
    },
  }
}

/** Has every node poll at once, after the commit; never fails. One hint stands for all of them. */
export async function hintRevocations(
  { hints }: Needs<'hints'>,
  committed: readonly Revocation[],
): Promise<void> {
  const newest = committed.at(-1)
  if (newest) await hints.publish(REVOCATIONS_CHANNEL, { id: newest.id })
}
