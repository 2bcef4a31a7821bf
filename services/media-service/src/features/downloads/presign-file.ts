import { AppError } from '@sup/service-kit/http'
import { notFound } from '@sup/types'
import type { Needs } from '../../deps.js'
import type { ReadableFile } from '../files/public.js'
import { dispositionOf } from './file-headers.js'
import { thumbnailType } from './thumbnail-type.js'

/**
 * A URL that reads a file without a token for `MEDIA_URL_TTL` seconds, and never longer than the right to
 * read it lasts.
 *
 * @throws AppError `NOT_FOUND` when there is no such thumbnail.
 */
export async function presignFile(
  { blobs, config }: Needs<'blobs' | 'config'>,
  { row, maxAgeSeconds }: ReadableFile,
  variant: 'original' | 'thumbnail',
): Promise<{ url: string; expiresIn: number }> {
  const expiresIn = Math.max(1, Math.min(config.MEDIA_URL_TTL, maxAgeSeconds))
  const isThumbnail = variant === 'thumbnail'
  const key = isThumbnail ? row.thumbnailKey : row.s3Key
  if (key === null) throw new AppError(notFound, { state: row.state })
  const url = await blobs.presignGet(key, {
    expiresInSeconds: expiresIn,
    contentType: isThumbnail ? thumbnailType(row) : row.mimeType,
    contentDisposition: isThumbnail ? 'inline' : dispositionOf(row),
  })
  return { url, expiresIn }
}
