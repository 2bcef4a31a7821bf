import type { MediaFile } from '@sup/types'
import { present } from '../../rows.js'

/** A stored file, as `FILE_COLUMNS` of the store selects it. */
export type FileRow = {
  id: string
  userId: string
  type: MediaFile['type']
  mimeType: string
  sizeBytes: number
  fileName: string | null
  sha256: Buffer | null
  encrypted: boolean
  state: MediaFile['state']
  rejectReason: string | null
  width: number | null
  height: number | null
  durationMs: number | null
  waveform: number[] | null
  blurhash: string | null
  hasThumbnail: boolean
  createdAt: string
  deletedAt: string | null
}

const NO_DIGEST = '0'.repeat(64)

/** The path of a file's bytes; clients need a token and the right to see the file. */
export const downloadPath = (fileId: string): string => `/api/v1/media/download/${fileId}`

/** The address of a file's thumbnail. */
export const thumbnailUrl = (publicUrl: string, fileId: string): string =>
  `${withoutSlash(publicUrl)}/api/v1/media/thumbnail/${fileId}`

const downloadUrl = (publicUrl: string, fileId: string): string =>
  withoutSlash(publicUrl) + downloadPath(fileId)

const withoutSlash = (url: string): string => url.replace(/\/+$/, '')

/**
 * A file as viewers of a message get it (wire-contract 3.5). A deleted one stays, as a rejected file without
 * thumbnail: the digest of the log covers its id.
 */
export function toMediaFile(row: FileRow, publicUrl: string): MediaFile {
  const { id, hasThumbnail, deletedAt, rejectReason, sha256, ...stored } = row
  const file = {
    ...present(stored),
    id,
    fileId: id,
    sha256: sha256?.toString('hex') ?? NO_DIGEST,
    url: downloadUrl(publicUrl, id),
  }
  if (deletedAt !== null) return { ...file, state: 'rejected', rejectReason: 'deleted' }
  return {
    ...file,
    ...(rejectReason === null ? {} : { rejectReason }),
    ...(hasThumbnail ? { thumbnailUrl: thumbnailUrl(publicUrl, id) } : {}),
  }
}

/** What stands for a file of which no row is left. */
export const lostFile = (
  of: { id: string; userId: string; createdAt: string },
  publicUrl: string,
): MediaFile => ({
  ...of,
  fileId: of.id,
  type: 'file',
  mimeType: 'application/octet-stream',
  sizeBytes: 0,
  sha256: NO_DIGEST,
  encrypted: false,
  state: 'rejected',
  rejectReason: 'deleted',
  url: downloadUrl(publicUrl, of.id),
})
