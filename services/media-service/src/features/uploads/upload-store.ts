import type { Sql } from '@sup/service-kit/postgres'
import type { MediaMetadata, MediaPurpose, MediaType } from '@sup/types'
import { FILE_COLUMNS, type FileRow } from '../files/public.js'

/** What is known of a file before its bytes are. */
export type NewFile = {
  id: string
  userId: string
  type: MediaType
  mimeType: string
  s3Key: string
  /** What it takes of the quota meanwhile. */
  sizeBytes: number
  encrypted: boolean
  purpose: MediaPurpose
  fileName?: string | undefined
  metadata?: MediaMetadata | undefined
}

/** What is known once they are stored. */
export type StoredFile = NewFile & {
  sha256: string
  state: 'uploaded' | 'ready'
  thumbnailKey?: string | undefined
}

const INSERT = `
  INSERT INTO media_files (
    id, user_id, file_type, mime_type, s3_key, size_bytes, encrypted, purpose, file_name,
    width, height, duration_ms, waveform, blurhash, created_at)
  VALUES (
    $<id>, $<userId>, $<type>, $<mimeType>, $<s3Key>, $<sizeBytes>, $<encrypted>, $<purpose>, $<fileName>,
    $<width>, $<height>, $<durationMs>, $<waveform>, $<blurhash>, $<at>)`

const STORED = `
  UPDATE media_files AS f
     SET file_type = $<type>, mime_type = $<mimeType>, size_bytes = $<sizeBytes>, encrypted = $<encrypted>,
         purpose = $<purpose>, file_name = $<fileName>, width = $<width>, height = $<height>,
         duration_ms = $<durationMs>, waveform = $<waveform>, blurhash = $<blurhash>,
         sha256 = decode($<sha256>, 'hex'), state = $<state>, thumbnail_s3_key = $<thumbnailKey>
   WHERE f.id = $<id> AND f.state = 'pending' AND f.deleted_at IS NULL
  RETURNING ${FILE_COLUMNS}`

const RESERVED = `SELECT size_bytes AS "sizeBytes" FROM media_files WHERE id = $<id> AND state = 'pending'`

const REFUSED = `
  UPDATE media_files AS f
     SET state = 'rejected', reject_reason = $<reason>, deleted_at = $<at>, erased_at = $<at>
   WHERE f.id = $<id> AND f.state = 'pending'
  RETURNING ${FILE_COLUMNS}`

const FORGET = `DELETE FROM media_files WHERE id = $<id> AND state = 'pending'`

/** Files on their way. */
export function uploadStore(sql: Sql) {
  return {
    insert: async (file: NewFile, at: string): Promise<void> => {
      await sql.none(INSERT, { ...columnsOf(file), at })
    },
    /** @returns Undefined when it is not pending any more. */
    markStored: async (file: StoredFile): Promise<FileRow | undefined> =>
      (await sql.oneOrNone<FileRow>(STORED, {
        ...columnsOf(file),
        sha256: file.sha256,
        state: file.state,
        thumbnailKey: file.thumbnailKey ?? null,
      })) ?? undefined,
    /** What the file takes of the quota while it is pending. */
    reserved: async (id: string): Promise<number> =>
      (await sql.oneOrNone<{ sizeBytes: number }>(RESERVED, { id }))?.sizeBytes ?? 0,
    markRefused: async (id: string, reason: string, at: string): Promise<FileRow | undefined> =>
      (await sql.oneOrNone<FileRow>(REFUSED, { id, reason, at })) ?? undefined,
    /** With its upload. */
    forget: async (id: string): Promise<void> => {
      await sql.none(FORGET, { id })
    },
  }
}

/** What may be unknown of a file. */
const NO_DETAILS = {
  fileName: null,
  width: null,
  height: null,
  durationMs: null,
  waveform: null,
  blurhash: null,
}

/** An encrypted file has no dimensions: the server shall not know them. */
function columnsOf(file: NewFile): Record<string, unknown> {
  const { metadata, fileName, id, userId, type, mimeType, s3Key, sizeBytes, encrypted, purpose } =
    file
  return {
    ...{ id, userId, type, mimeType, s3Key, sizeBytes, encrypted, purpose },
    ...NO_DETAILS,
    ...(fileName === undefined ? {} : { fileName }),
    ...(encrypted ? {} : metadata),
  }
}
