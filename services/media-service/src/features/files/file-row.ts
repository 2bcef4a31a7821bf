import { type MediaFile, type MediaPurpose, type MediaState, type MediaType } from '@sup/types'

/** A row of `media_files`. */
export type FileRow = {
  id: string
  userId: string
  type: MediaType
  mimeType: string
  s3Key: string
  sizeBytes: number
  thumbnailKey: string | null
  fileName: string | null
  /** Hexadecimal; null until the bytes have been seen. */
  sha256: string | null
  encrypted: boolean
  purpose: MediaPurpose
  state: MediaState
  rejectReason: string | null
  width: number | null
  height: number | null
  durationMs: number | null
  waveform: number[] | null
  blurhash: string | null
  createdAt: string
}

export const FILE_COLUMNS = `
  f.id, f.user_id AS "userId", f.file_type AS type, f.mime_type AS "mimeType", f.s3_key AS "s3Key",
  f.size_bytes AS "sizeBytes", f.thumbnail_s3_key AS "thumbnailKey", f.file_name AS "fileName",
  encode(f.sha256, 'hex') AS sha256, f.encrypted, f.purpose, f.state, f.reject_reason AS "rejectReason",
  f.width, f.height, f.duration_ms AS "durationMs", f.waveform, f.blurhash, f.created_at AS "createdAt"`

/** Where a file is read; both addresses need a token. */
export const fileUrls = (
  publicUrl: string,
  fileId: string,
): { url: string; thumbnailUrl: string } => {
  const base = `${publicUrl.replace(/\/$/, '')}/api/v1/media`
  return { url: `${base}/download/${fileId}`, thumbnailUrl: `${base}/thumbnail/${fileId}` }
}

/**
 * A row as clients see it.
 *
 * @throws TypeError for a file whose bytes nobody has seen: it cannot be shown yet.
 */
export function showFile(row: FileRow, { PUBLIC_URL }: { PUBLIC_URL: string }): MediaFile {
  const { sha256, thumbnailKey } = row
  if (sha256 === null) throw new TypeError(`file ${row.id} has no bytes`)
  const { url, thumbnailUrl } = fileUrls(PUBLIC_URL, row.id)
  const { fileName, rejectReason, width, height, durationMs, waveform, blurhash } = row
  const { id, userId, type, mimeType, sizeBytes, encrypted, state, createdAt } = row
  return {
    id,
    fileId: id,
    userId,
    type,
    mimeType,
    sizeBytes,
    sha256,
    encrypted,
    state,
    url,
    createdAt,
    ...withoutNulls({ fileName, rejectReason, width, height, durationMs, waveform, blurhash }),
    ...(thumbnailKey === null ? {} : { thumbnailUrl }),
  }
}

/** The members that have a value. */
function withoutNulls<T extends object>(row: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(row).filter(([, value]) => value !== null)
  // Only nulls have been taken out.
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> }
}
