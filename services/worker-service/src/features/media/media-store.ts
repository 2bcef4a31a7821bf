import type { Sql } from '@sup/service-kit/postgres'
import type { MediaState, MediaType } from '@sup/types'

const COLUMNS = `
  id, user_id AS "userId", file_type AS type, mime_type AS "mimeType", s3_key AS "s3Key",
  size_bytes AS "sizeBytes", encode(sha256, 'hex') AS sha256, state, reject_reason AS "rejectReason",
  width, height, duration_ms AS "durationMs", waveform, blurhash, thumbnail_s3_key AS "thumbnailKey"`

const FIND = `
  SELECT ${COLUMNS} FROM media_files WHERE id = $<id> AND NOT encrypted AND deleted_at IS NULL`

const EXISTS = `
  SELECT EXISTS (SELECT FROM media_files WHERE id = $<id>)`

// A worker that died has left the state at processing: whoever repeats its job begins again.
const BEGIN = `
  UPDATE media_files SET state = 'processing'
   WHERE id = $<id> AND state IN ('uploaded', 'processing') AND NOT encrypted AND deleted_at IS NULL
  RETURNING ${COLUMNS}`

// Only from the bytes that were looked at: of two workers at the same file one finishes it.
const FINISH = `
  UPDATE media_files
     SET state = 'ready', mime_type = $<mimeType>, s3_key = $<s3Key>, size_bytes = $<sizeBytes>,
         sha256 = decode($<sha256>, 'hex'), width = $<width>, height = $<height>,
         duration_ms = $<durationMs>, waveform = $<waveform>::smallint[], blurhash = $<blurhash>,
         thumbnail_s3_key = $<thumbnailKey>
   WHERE id = $<id> AND state = 'processing' AND s3_key = $<from> AND deleted_at IS NULL
  RETURNING ${COLUMNS}`

const REJECT = `
  UPDATE media_files SET state = 'rejected', reject_reason = $<reason>
   WHERE id = $<id> AND state = 'processing' AND s3_key = $<from> AND deleted_at IS NULL
  RETURNING ${COLUMNS}`

const SET_THUMBNAIL = `
  UPDATE media_files
     SET thumbnail_s3_key = $<thumbnailKey>, blurhash = $<blurhash>
   WHERE id = $<id> AND state = 'ready' AND s3_key = $<from> AND deleted_at IS NULL
  RETURNING ${COLUMNS}`

/** A plain file as this service sees it; `null` where nothing is known. */
export type MediaRow = {
  id: string
  userId: string
  type: MediaType
  mimeType: string
  s3Key: string
  sizeBytes: number
  sha256: string | null
  state: MediaState
  rejectReason: string | null
  width: number | null
  height: number | null
  durationMs: number | null
  waveform: number[] | null
  blurhash: string | null
  thumbnailKey: string | null
}

/** What processing found out and made; everything is written, also what is not there. */
export type Finished = Pick<
  MediaRow,
  'mimeType' | 's3Key' | 'sizeBytes' | 'width' | 'height' | 'durationMs' | 'waveform'
> &
  Pick<MediaRow, 'blurhash' | 'thumbnailKey'> & { sha256: string }

/** The bytes a change was made from; the change is refused when the file has others by now. */
type From = { id: string; from: string }

/**
 * State and dimensions of files; everything else about them media-service writes.
 *
 * Every change compares before it sets. @returns of each: the file as it is now, or null when it was in another
 * state, has other bytes, is encrypted, deleted or not there.
 */
export function mediaStore(sql: Sql) {
  return {
    find: (id: string): Promise<MediaRow | null> => sql.oneOrNone<MediaRow>(FIND, { id }),

    /** Also of deleted and encrypted files. */
    exists: (id: string): Promise<boolean> =>
      sql.one(EXISTS, { id }, (row: { exists: boolean }) => row.exists),

    /** From `uploaded`, or again from `processing`. */
    begin: (id: string): Promise<MediaRow | null> => sql.oneOrNone<MediaRow>(BEGIN, { id }),

    finish: (from: From, finished: Finished): Promise<MediaRow | null> =>
      sql.oneOrNone<MediaRow>(FINISH, { ...from, ...finished }),

    reject: (from: From, reason: string): Promise<MediaRow | null> =>
      sql.oneOrNone<MediaRow>(REJECT, { ...from, reason }),

    setThumbnail: (
      from: From,
      made: Pick<MediaRow, 'thumbnailKey' | 'blurhash'>,
    ): Promise<MediaRow | null> => sql.oneOrNone<MediaRow>(SET_THUMBNAIL, { ...from, ...made }),
  }
}
