import type { Sql } from '@sup/service-kit/postgres'
import type { FileRow } from './file-row.js'

// media-service writes this table and answers for one file at a time; pages of messages are read here, see
// docs/adr/0012-main-api-reads-files.md.
const FILES = `
  SELECT id, user_id AS "userId", file_type AS type, mime_type AS "mimeType", size_bytes AS "sizeBytes",
         file_name AS "fileName", sha256, encrypted, state, reject_reason AS "rejectReason", width, height,
         duration_ms AS "durationMs", waveform, blurhash, thumbnail_s3_key IS NOT NULL AS "hasThumbnail",
         created_at AS "createdAt", deleted_at AS "deletedAt"
    FROM media_files WHERE id = ANY ($<ids>::uuid[])`

const OWN_IMAGE = `
  SELECT EXISTS (
    SELECT FROM media_files f
     WHERE f.id = $<id> AND f.user_id = $<userId> AND f.file_type = 'image'
       AND unusable_attachment(ARRAY[f.id], f.user_id, false) IS NULL)`

const LOCK = `SELECT lock_files($<ids>::uuid[], $<alone>)`

// What still shows a file. The keys in the bucket go into the duty: the row may be gone when it is done.
const UNUSED = `
  SELECT f.id AS "fileId", f.user_id AS "userId", f.s3_key AS key, f.thumbnail_s3_key AS "thumbnailKey"
    FROM media_files f
   WHERE f.id = ANY ($<ids>::uuid[]) AND f.deleted_at IS NULL
     AND NOT EXISTS (SELECT FROM messages m WHERE m.attachments @> ARRAY[f.id] AND m.deleted_at IS NULL)
     AND NOT EXISTS (SELECT FROM stories s WHERE s.file_id = f.id)
     AND NOT EXISTS (SELECT FROM stickers s WHERE s.file_id = f.id)
     AND NOT EXISTS (SELECT FROM users u WHERE u.avatar_url = $<avatarPath> || f.id::text)
     AND NOT EXISTS (SELECT FROM chats c WHERE c.avatar_url = $<avatarPath> || f.id::text AND c.deleted_at IS NULL)
     AND NOT EXISTS (SELECT FROM outbox o WHERE o.type = 'media.deleted' AND o.key = f.id::text)
   ORDER BY f.id`

// Members of chats that are small enough, each told only of a message that they may see.
const SHOWN_TO = `
  SELECT DISTINCT mine.user_id AS "userId"
    FROM messages m
    JOIN chats c ON c.id = m.chat_id AND c.deleted_at IS NULL AND c.member_count <= $<maxMembers>
    JOIN chat_members mine ON mine.chat_id = m.chat_id
   WHERE m.attachments @> ARRAY[$<id>::uuid] AND m.deleted_at IS NULL
     AND is_visible_message(m.chat_id, m.id, mine.user_id, mine.base_seq)
   LIMIT $<limit>`

export type UnusedFile = {
  fileId: string
  userId: string
  key: string
  thumbnailKey: string | null
}

/** Reads files, and what carries them. */
export function fileStore(sql: Sql) {
  return {
    byIds: (ids: readonly string[]): Promise<FileRow[]> => sql.any<FileRow>(FILES, { ids }),

    /** An image of this account that is not encrypted and may be shown. */
    isOwnImage: (of: { id: string; userId: string }): Promise<boolean> =>
      sql.one(OWN_IMAGE, of, (row: { exists: boolean }) => row.exists),

    /** Until the transaction ends no file is erased; whoever erases (`alone`) waits for those who attach. */
    lock: async (ids: readonly string[], { alone }: { alone: boolean }): Promise<void> => {
      await sql.one(LOCK, { ids, alone })
    },

    /** Those of these files that nothing shows any more; only under their lock, in a later statement. */
    unused: (ids: readonly string[], avatarPath: string): Promise<UnusedFile[]> =>
      sql.any<UnusedFile>(UNUSED, { ids, avatarPath }),

    /** Who sees a message with this file, in chats of up to `maxMembers`. */
    shownTo: async (of: { id: string; maxMembers: number; limit: number }): Promise<string[]> =>
      (await sql.any<{ userId: string }>(SHOWN_TO, of)).map(({ userId }) => userId),
  }
}
