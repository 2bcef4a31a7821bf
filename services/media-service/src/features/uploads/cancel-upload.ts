import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type cancelUpload as contract, conflict } from '@sup/types'
import type { Needs } from '../../deps.js'
import { findOpenUpload } from './find-upload.js'
import { sessionStore } from './session-store.js'
import { uploadStore } from './upload-store.js'

/**
 * Gives up an own upload; what has arrived is removed, and the quota is free again.
 *
 * @throws AppError `NOT_FOUND`, `GONE`; `CONFLICT` while it is being completed.
 */
export async function cancelUpload(
  needs: Needs<'db' | 'clock' | 'blobs'>,
  caller: Caller,
  { params: { uploadId } }: Input<typeof contract>,
): Promise<Record<string, never>> {
  const { db, blobs, clock } = needs
  const { s3UploadId, file } = await findOpenUpload(needs, caller, uploadId)
  const isOurs = await sessionStore(db).claim(uploadId, clock.now().toISOString())
  if (!isOurs) throw new AppError(conflict)
  if (s3UploadId !== null) await blobs.multipart.abort({ key: file.s3Key, uploadId: s3UploadId })
  await blobs.delete(file.s3Key)
  await uploadStore(db).forget(file.id)
  return {}
}
