import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type Output, type presignParts as contract, invalidInput } from '@sup/types'
import type { Needs } from '../../deps.js'
import { findOpenUpload } from './find-upload.js'
import { countParts, presentParts } from './present-parts.js'

/**
 * Fresh URLs for parts of an own upload: those beyond the first hundred, or after an hour.
 *
 * @throws AppError `NOT_FOUND`, `GONE`; `INVALID_INPUT` for parts that the upload does not have.
 */
export async function presignParts(
  needs: Needs<'db' | 'clock' | 'blobs'>,
  caller: Caller,
  { params, body: { partNumbers } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const { s3UploadId, file } = await findOpenUpload(needs, caller, params.uploadId)
  const count = s3UploadId === null ? 0 : countParts(file.sizeBytes)
  const wrong = partNumbers.findIndex((partNumber) => partNumber > count)
  if (s3UploadId === null || wrong >= 0) {
    throw new AppError(invalidInput, [
      { path: `partNumbers.${Math.max(0, wrong)}`, message: `the upload has ${count} parts` },
    ])
  }
  const upload = { key: file.s3Key, uploadId: s3UploadId }
  return { parts: await presentParts(needs, upload, partNumbers) }
}
