import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import { newId } from '@sup/service-kit/ids'
import {
  type Input,
  LIMITS,
  type Output,
  type createUpload as contract,
  payloadTooLarge,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { reserveBytes } from '../quotas/public.js'
import { OPAQUE, kindOf } from './allowed-types.js'
import { discardFile } from './discard-file.js'
import { fileKey } from './file-key.js'
import { cleanFileName } from './file-name.js'
import { countParts, presentParts } from './present-parts.js'
import { sessionStore } from './session-store.js'
import { uploadStore } from './upload-store.js'

type Creation = Output<typeof contract>
type Creating = Needs<'db' | 'blobs' | 'clock' | 'config' | 'log'>
type Begun = { uploadId: string; fileId: string; key: string; contentType: string; size: number }

/**
 * Begins an upload that goes to the store without passing this server. Its bytes are reserved at once.
 *
 * @throws AppError `UNSUPPORTED_MEDIA_TYPE`, `PAYLOAD_TOO_LARGE`, `QUOTA_EXCEEDED`, `LIMIT_REACHED`.
 */
export async function createUpload(
  needs: Creating,
  { userId }: Caller,
  { body }: Input<typeof contract>,
): Promise<Answer<Creation>> {
  const { clock, config } = needs
  const { type, encrypted, sizeBytes, purpose, metadata, sha256 } = body
  const kind = encrypted ? OPAQUE : kindOf(type, body.mimeType)
  if (sizeBytes > config.MEDIA_MAX_BYTES) throw new AppError(payloadTooLarge)
  const fileId = newId(needs)
  const uploadId = newId(needs)
  const now = clock.now()
  const at = now.toISOString()
  const later = (seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString()
  const key = fileKey({ userId, id: fileId }, kind.extension)
  await needs.db.tx('create-upload', async (tx) => {
    await reserveBytes(tx, userId, { bytes: sizeBytes, limitBytes: config.MEDIA_QUOTA_BYTES })
    const file = { id: fileId, userId, type, mimeType: kind.mimeType, s3Key: key, sizeBytes }
    const fileName = cleanFileName(body.fileName)
    await uploadStore(tx).insert({ ...file, encrypted, purpose, fileName, metadata }, at)
    const expiresAt = later(LIMITS.uploadSeconds)
    await sessionStore(tx).insert({ id: uploadId, fileId, userId, sha256, at, expiresAt })
  })
  const begun = { uploadId, fileId, key, contentType: kind.mimeType, size: sizeBytes }
  try {
    return answer(
      sizeBytes > LIMITS.multipartAboveBytes
        ? { ...(await beginParts(needs, begun)), expiresAt: later(LIMITS.uploadSeconds) }
        : { ...(await beginForm(needs, begun)), expiresAt: later(LIMITS.uploadPolicySeconds) },
      { status: 201 },
    )
  } catch (err) {
    await discardFile(needs, fileId, [])
    throw err
  }
}

async function beginForm(
  { blobs }: Creating,
  { uploadId, fileId, key, contentType, size: sizeBytes }: Begun,
): Promise<Omit<Creation, 'expiresAt'>> {
  const { url, fields } = await blobs.presignPost(key, {
    expiresInSeconds: LIMITS.uploadPolicySeconds,
    contentType,
    sizeBytes,
  })
  return { uploadId, fileId, method: 'POST', url, fields }
}

async function beginParts(
  needs: Creating,
  { uploadId, fileId, key, contentType, size }: Begun,
): Promise<Omit<Creation, 'expiresAt'>> {
  const s3UploadId = await needs.blobs.multipart.create(key, { contentType })
  await sessionStore(needs.db).setS3Upload(uploadId, s3UploadId)
  const count = Math.min(countParts(size), LIMITS.partNumbersPerCall)
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  const parts = await presentParts(needs, { key, uploadId: s3UploadId }, numbers)
  return { uploadId, fileId, method: 'MULTIPART', partSize: LIMITS.partBytes, parts }
}
