import { type Sql } from '@sup/service-kit/postgres'
import { FILE_COLUMNS, type FileRow } from './file-row.js'

const FIND = `
  SELECT ${FILE_COLUMNS} FROM media_files f
   WHERE f.id = $<id> AND f.deleted_at IS NULL AND f.sha256 IS NOT NULL`

const MARK_DELETED = `
  UPDATE media_files AS f SET state = 'rejected', reject_reason = 'deleted', deleted_at = $<at>
   WHERE f.id = ANY ($<ids>::uuid[]) AND f.deleted_at IS NULL
  RETURNING ${FILE_COLUMNS}`

/** Files that somebody may see or delete. */
export function fileStore(sql: Sql) {
  return {
    /** @returns Undefined for what is not there, not complete, or deleted. */
    find: async (id: string): Promise<FileRow | undefined> =>
      (await sql.oneOrNone<FileRow>(FIND, { id })) ?? undefined,
    /** @returns Those that were not deleted before; their bytes are still there. */
    markDeleted: (ids: readonly string[], at: string): Promise<FileRow[]> =>
      sql.any<FileRow>(MARK_DELETED, { ids, at }),
  }
}
