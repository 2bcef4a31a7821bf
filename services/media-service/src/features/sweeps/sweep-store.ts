import type { Sql } from '@sup/service-kit/postgres'
import type { MediaState } from '@sup/types'
import { FILE_COLUMNS, type FileRow } from '../files/public.js'

export type StaleFile = { id: string; s3Key: string; s3UploadId: string | null }
export type DeadFile = { id: string; s3Key: string; thumbnailKey: string | null }

const STALE = `
  SELECT f.id, f.s3_key AS "s3Key", u.s3_upload_id AS "s3UploadId"
    FROM media_files f LEFT JOIN media_uploads u ON u.file_id = f.id
   WHERE f.state = 'pending' AND f.created_at < $<before>
   ORDER BY f.created_at LIMIT $<limit>`

const FORGET = `DELETE FROM media_files WHERE id = ANY ($<ids>::uuid[]) AND state = 'pending'`

const DEAD = `
  SELECT id, s3_key AS "s3Key", thumbnail_s3_key AS "thumbnailKey" FROM media_files
   WHERE deleted_at IS NOT NULL AND erased_at IS NULL
   ORDER BY deleted_at LIMIT $<limit>`

const COUNT_DEAD = `
  SELECT count(*) AS count FROM (
    SELECT FROM media_files WHERE deleted_at IS NOT NULL AND erased_at IS NULL LIMIT $<limit>) AS dead`

// The row stays for the messages that show that there was a file; what it said about the content goes.
const ERASED = `
  UPDATE media_files
     SET erased_at = $<at>, thumbnail_s3_key = NULL, file_name = NULL, blurhash = NULL, waveform = NULL,
         width = NULL, height = NULL, duration_ms = NULL
   WHERE id = ANY ($<ids>::uuid[])`

const KNOWN_KEYS = `SELECT s3_key AS key FROM media_files WHERE s3_key = ANY ($<keys>) AND erased_at IS NULL`

const KNOWN_IDS = `SELECT id FROM media_files WHERE id = ANY ($<ids>::uuid[]) AND erased_at IS NULL`

// Files whose bytes should be there. Young ones are left out: the listing is older than their rows.
const EXPECTED = `
  SELECT f.id, f.s3_key AS "s3Key" FROM media_files f
   WHERE f.s3_key COLLATE "C" > $<after> AND f.s3_key COLLATE "C" <= $<upTo>
     AND f.state IN ('uploaded', 'processing', 'ready') AND f.deleted_at IS NULL AND f.updated_at < $<before>
   ORDER BY f.s3_key COLLATE "C" LIMIT $<limit>`

const LOST = `
  UPDATE media_files AS f SET state = 'rejected', reject_reason = 'lost', erased_at = $<at>
   WHERE f.id = ANY ($<ids>::uuid[]) AND f.deleted_at IS NULL
  RETURNING ${FILE_COLUMNS}`

const POSITION = `SELECT position FROM media_sweeps WHERE name = $<name>`

const MOVE = `
  INSERT INTO media_sweeps (name, position, updated_at) VALUES ($<name>, $<position>, $<at>)
  ON CONFLICT (name) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at`

const LAST_SWEEP = `SELECT max(updated_at) AS at FROM media_sweeps`

// What counts against a quota: files that are not erased.
const BY_USER = `
  SELECT user_id AS "userId", count(*) AS files, sum(size_bytes)::bigint AS bytes FROM media_files
   WHERE erased_at IS NULL AND deleted_at IS NULL
   GROUP BY user_id ORDER BY bytes DESC, user_id LIMIT 100`

const BY_STATE = `
  SELECT state, count(*) AS files, sum(size_bytes)::bigint AS bytes FROM media_files
   WHERE erased_at IS NULL AND deleted_at IS NULL
   GROUP BY state ORDER BY state`

type Usage = { files: number; bytes: number }

/** What the sweeps read and clean up. */
export function sweepStore(sql: Sql) {
  return {
    stale: (before: string, limit: number) => sql.any<StaleFile>(STALE, { before, limit }),
    forget: async (ids: readonly string[]): Promise<void> => {
      await sql.none(FORGET, { ids })
    },
    dead: (limit: number) => sql.any<DeadFile>(DEAD, { limit }),
    /** Counts up to `limit`. */
    countDead: async (limit: number): Promise<number> =>
      (await sql.one<{ count: number }>(COUNT_DEAD, { limit })).count,
    markErased: async (ids: readonly string[], at: string): Promise<void> => {
      await sql.none(ERASED, { ids, at })
    },
    /** Those of these keys that belong to files. */
    knownKeys: async (keys: readonly string[]): Promise<Set<string>> =>
      new Set((await sql.any<{ key: string }>(KNOWN_KEYS, { keys })).map(({ key }) => key)),
    /** Those of these ids that are files. */
    knownIds: async (ids: readonly string[]): Promise<Set<string>> =>
      new Set((await sql.any<{ id: string }>(KNOWN_IDS, { ids })).map(({ id }) => id)),
    /** In the order of the store. */
    expected: (range: { after: string; upTo: string; before: string; limit: number }) =>
      sql.any<{ id: string; s3Key: string }>(EXPECTED, range),
    markLost: (ids: readonly string[], at: string): Promise<FileRow[]> =>
      sql.any<FileRow>(LOST, { ids, at }),
    lastSweepAt: async (): Promise<string | undefined> =>
      (await sql.one<{ at: string | null }>(LAST_SWEEP)).at ?? undefined,
    usageByUser: () => sql.any<Usage & { userId: string }>(BY_USER),
    usageByState: () => sql.any<Usage & { state: MediaState }>(BY_STATE),
    position: async (name: string): Promise<string> =>
      (await sql.oneOrNone<{ position: string }>(POSITION, { name }))?.position ?? '',
    move: async (name: string, position: string, at: string): Promise<void> => {
      await sql.none(MOVE, { name, position, at })
    },
  }
}
