import type { Sql } from '@sup/service-kit/postgres'

export type Usage = { usedBytes: number; fileCount: number; openUploads: number }

// One at a time per account: whoever waited counts, in the statement after this one, what came before.
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended($<userId>, 20052))`

// Files that did not arrive yet count with what they announced; refused, lost and deleted ones do not count.
const USAGE = `
  SELECT coalesce(sum(size_bytes), 0)::bigint AS "usedBytes",
         count(*) FILTER (WHERE state <> 'pending') AS "fileCount",
         count(*) FILTER (WHERE state = 'pending') AS "openUploads"
    FROM media_files
   WHERE user_id = $<userId> AND deleted_at IS NULL AND erased_at IS NULL`

/** What files an account has. */
export function quotaStore(sql: Sql) {
  return {
    /** Until the end of the transaction nobody else changes what this account uses. */
    lock: (userId: string): Promise<unknown> => sql.one(LOCK, { userId }),
    read: (userId: string): Promise<Usage> => sql.one<Usage>(USAGE, { userId }),
  }
}
