import type { Sql } from '@sup/service-kit/postgres'
import type { Revocation } from '@sup/types'
import { type Position, revocationStore } from './revocation-store.js'

const NIL = '00000000-0000-0000-0000-000000000000'

/**
 * Where a reader stands. A round reads everything from the transaction `from` on, in pages; `horizon` is
 * where the next round begins, taken at the first page of this one; `at` is the place within the round.
 */
export type Cursor = { from: string; round?: { horizon: string; at: Position } }

export const START: Cursor = { from: '0' }

/**
 * Reads the next page of revocations. A round repeats everything whose transaction was not over when the
 * round before began, so that what commits late is never skipped; readers drop ids they know.
 */
export async function readRevocations(
  sql: Sql,
  cursor: Cursor,
  limit: number,
): Promise<{ cursor: Cursor; hasMore: boolean; items: Revocation[] }> {
  // Every id is above NIL: the first row of transaction `from` is included.
  const position = cursor.round?.at ?? { xid: cursor.from, id: NIL }
  const { horizon, items, last } = await revocationStore(sql).page(position, limit)
  const next = cursor.round?.horizon ?? horizon
  return last !== undefined && items.length === limit
    ? { cursor: { from: cursor.from, round: { horizon: next, at: last } }, hasMore: true, items }
    : { cursor: { from: next }, hasMore: false, items }
}
