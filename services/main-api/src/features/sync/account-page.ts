import type { Sql } from '@sup/service-kit/postgres'
import { AccountChange, LIMITS } from '@sup/types'
import type { Round } from './first-page.js'
import { roundStore } from './round-store.js'

/**
 * Stored account changes since a horizon. One that no longer has the form of the contract was written by
 * an older version and is left out.
 *
 * @returns `next`: where the next page begins, if there is more.
 */
export async function readAccountChanges(
  sql: Sql,
  { caller, horizon, round }: Round & { horizon: string },
): Promise<{ changes: AccountChange[]; next: string | undefined }> {
  const [afterXid, afterId] = round.p === 'account' ? (round.k?.split(' ') ?? []) : []
  const rows = await roundStore(sql).account({
    userId: caller.userId,
    horizon,
    afterXid: afterXid ?? null,
    afterId: afterId ?? null,
    limit: LIMITS.syncPageMax + 1,
  })
  const page = rows.slice(0, LIMITS.syncPageMax)
  const changes = page.flatMap(({ type, body, at }) => {
    const change = AccountChange.safeParse({ ...body, type, at })
    return change.success ? [change.data] : []
  })
  const last = page.at(-1)
  const hasMore = rows.length > page.length
  return { changes, next: hasMore && last ? `${last.xid} ${last.id}` : undefined }
}
