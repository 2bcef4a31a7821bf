import type { Caller } from '@sup/service-kit/http'
import type { Input, Output, getUpload as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { findUpload } from './find-upload.js'

/**
 * How far an own upload is: what a client needs that was interrupted.
 *
 * @throws AppError `NOT_FOUND`, `GONE`.
 */
export async function getUpload(
  needs: Needs<'db' | 'clock' | 'blobs'>,
  caller: Caller,
  { params }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const { s3UploadId, isCompleted, file } = await findUpload(needs, caller, params.uploadId)
  if (s3UploadId === null || isCompleted) return { state: file.state, partsDone: [] }
  const upload = { key: file.s3Key, uploadId: s3UploadId }
  const parts = (await needs.blobs.multipart.listParts(upload)) ?? []
  return { state: file.state, partsDone: parts.map(({ partNumber }) => partNumber) }
}
