import { AppError, type Caller, type RawAnswer, rawAnswer } from '@sup/service-kit/http'
import { type Input, notFound, type readThumbnail as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { findDownload } from '../files/public.js'
import { isKnown, safeHeaders } from './file-headers.js'
import { thumbnailType } from './thumbnail-type.js'

/**
 * The thumbnail of a file that the caller may read.
 *
 * @throws AppError `NOT_FOUND`, with the state of the file when it is the thumbnail that is missing.
 */
export async function readThumbnail(
  needs: Needs<'db' | 'mainApi' | 'blobs' | 'mediaMetrics'>,
  caller: Caller,
  { params }: Input<typeof contract>,
): Promise<RawAnswer> {
  const { row, maxAgeSeconds } = await findDownload(needs, caller, params.fileId)
  const { state, thumbnailKey } = row
  if (thumbnailKey === null) throw new AppError(notFound, { state })
  const etag = `"${row.id}-${thumbnailKey.length}-${row.state}"`
  const headers = { ...safeHeaders(maxAgeSeconds), ETag: etag }
  if (isKnown(caller.headers?.['if-none-match'], etag)) return rawAnswer({ status: 304, headers })
  const blob = await needs.blobs.get(thumbnailKey)
  if (!blob) throw new AppError(notFound, { state })
  needs.mediaMetrics.downloaded(blob.body)
  return rawAnswer({
    status: 200,
    headers: {
      ...headers,
      'Content-Type': thumbnailType(row),
      'Content-Length': String(blob.sizeBytes),
      'Content-Disposition': row.encrypted ? 'attachment' : 'inline',
    },
    body: blob.body,
  })
}
