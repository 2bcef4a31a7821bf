import type { Sql } from '@sup/service-kit/postgres'
import { FILE_COLUMNS, type FileRow } from '../files/public.js'

/** An upload past the server, with the file it is to become. */
export type UploadRow = {
  uploadId: string
  /** The store's id of an upload in parts; null for a form. */
  s3UploadId: string | null
  /** What the client announced. */
  announcedSha256: string | null
  isExpired: boolean
  isCompleted: boolean
  isDeleted: boolean
  file: FileRow
}

const INSERT = `
  INSERT INTO media_uploads (id, file_id, user_id, sha256, created_at, expires_at)
  VALUES ($<id>, $<fileId>, $<userId>, decode($<sha256>, 'hex'), $<at>, $<expiresAt>)`

const SET_S3_UPLOAD = `UPDATE media_uploads SET s3_upload_id = $<s3UploadId> WHERE id = $<id>`

const FIND = `
  SELECT u.id AS "uploadId", u.s3_upload_id AS "s3UploadId", encode(u.sha256, 'hex') AS "announcedSha256",
         u.expires_at <= $<at> AS "isExpired", u.completed_at IS NOT NULL AS "isCompleted",
         f.deleted_at IS NOT NULL AS "isDeleted", ${FILE_COLUMNS}
    FROM media_uploads u JOIN media_files f ON f.id = u.file_id
   WHERE u.id = $<id> AND u.user_id = $<userId>`

// A claim that is older than any request can be belongs to a dead process.
const CLAIM = `
  UPDATE media_uploads SET claimed_at = $<at>
   WHERE id = $<id> AND completed_at IS NULL
     AND (claimed_at IS NULL OR claimed_at < $<at>::timestamptz - interval '5 minutes')`

const RELEASE = `UPDATE media_uploads SET claimed_at = NULL WHERE id = $<id>`

const COMPLETED = `UPDATE media_uploads SET completed_at = $<at> WHERE id = $<id>`

type FlatRow = Omit<UploadRow, 'file'> & FileRow

/** Uploads past the server. */
export function sessionStore(sql: Sql) {
  return {
    insert: async (upload: {
      id: string
      fileId: string
      userId: string
      sha256: string | undefined
      at: string
      expiresAt: string
    }): Promise<void> => {
      await sql.none(INSERT, { ...upload, sha256: upload.sha256 ?? null })
    },
    setS3Upload: async (id: string, s3UploadId: string): Promise<void> => {
      await sql.none(SET_S3_UPLOAD, { id, s3UploadId })
    },
    /** @returns Undefined for an unknown or foreign one. */
    find: async (key: {
      id: string
      userId: string
      at: string
    }): Promise<UploadRow | undefined> => {
      const row = await sql.oneOrNone<FlatRow>(FIND, key)
      if (!row) return undefined
      const { uploadId, s3UploadId, announcedSha256, isExpired, isCompleted, isDeleted, ...file } =
        row
      return { uploadId, s3UploadId, announcedSha256, isExpired, isCompleted, isDeleted, file }
    },
    /** @returns False while somebody else has it. */
    claim: async (id: string, at: string): Promise<boolean> =>
      (await sql.result(CLAIM, { id, at })).rowCount === 1,
    release: async (id: string): Promise<void> => {
      await sql.none(RELEASE, { id })
    },
    markCompleted: async (id: string, at: string): Promise<void> => {
      await sql.none(COMPLETED, { id, at })
    },
  }
}
