import { AppError, type Caller } from '@sup/service-kit/http'
import {
  type Input,
  type MediaFile,
  type completeUpload as contract,
  conflict,
  invalidInput,
} from '@sup/types'
import { type FileRow, publishState, showFile } from '../files/public.js'
import { findUpload } from './find-upload.js'
import { finishFile } from './finish-file.js'
import type { Uploads } from './receive-upload.js'
import { type UploadRow, sessionStore } from './session-store.js'
import { uploadStore } from './upload-store.js'
import { RefusedFileError, type Verified, verifyObject } from './verify-object.js'

type Body = Input<typeof contract>['body']

/**
 * Ends an own upload: its parts are put together, and length, digest and type are checked as for a file that
 * passes this server. Safe to repeat: a lost answer is given again. What is refused is removed.
 *
 * @throws AppError `NOT_FOUND`, `GONE`; `CONFLICT` while the same is already running; `INVALID_INPUT` when bytes
 *   are missing or others than announced, `UNSUPPORTED_MEDIA_TYPE`.
 */
export async function completeUpload(
  needs: Uploads,
  caller: Caller,
  { params: { uploadId }, body }: Input<typeof contract>,
): Promise<MediaFile> {
  const { db, clock, config } = needs
  const upload = await findUpload(needs, caller, uploadId)
  if (upload.isCompleted) return showFile(upload.file, config)
  const isOurs = await sessionStore(db).claim(uploadId, clock.now().toISOString())
  if (!isOurs) throw new AppError(conflict, undefined, { retryAfterMs: 1000 })
  try {
    await joinParts(needs, upload, body)
    const verified = await verifyObject(needs, upload, body.sha256)
    if (!verified) throw incomplete()
    const row = await store(needs, upload, verified)
    needs.mediaMetrics.uploaded(row.type, row.sizeBytes)
    await publishState(needs, row)
    return showFile(row, config)
  } catch (err) {
    if (!(err instanceof RefusedFileError)) {
      await sessionStore(db).release(uploadId)
      throw err
    }
    needs.mediaMetrics.refused()
    await refuse(needs, upload, err.reason)
    throw err.refusal
  }
}

async function joinParts(
  { blobs }: Uploads,
  { s3UploadId, file }: UploadRow,
  { parts }: Body,
): Promise<void> {
  if (s3UploadId === null) return
  const upload = { key: file.s3Key, uploadId: s3UploadId }
  const stored = await blobs.multipart.listParts(upload)
  // Gone from the store: an earlier attempt has put them together and could not tell.
  if (stored === undefined) return
  const isWhole = await blobs.multipart.complete(upload, parts ?? stored)
  if (!isWhole) throw incomplete()
}

const incomplete = (): AppError =>
  new AppError(invalidInput, [{ path: 'parts', message: 'not all bytes have arrived' }])

async function store(
  needs: Uploads,
  { uploadId, file }: UploadRow,
  verified: Verified,
): Promise<FileRow> {
  const { fileName, width, height, durationMs, waveform, blurhash, ...kept } = file
  const metadata = {
    ...(width === null ? {} : { width }),
    ...(height === null ? {} : { height }),
    ...(durationMs === null ? {} : { durationMs }),
    ...(waveform === null ? {} : { waveform }),
    ...(blurhash === null ? {} : { blurhash }),
  }
  return needs.db.tx('complete-upload', async (tx) => {
    const described = { ...kept, ...verified, fileName: fileName ?? undefined, metadata }
    const row = await finishFile(tx, needs, { ...described, thumbnailKey: undefined })
    await sessionStore(tx).markCompleted(uploadId, needs.clock.now().toISOString())
    return row
  })
}

async function refuse(needs: Uploads, upload: UploadRow, reason: string): Promise<void> {
  const { db, blobs, clock } = needs
  await blobs.delete(upload.file.s3Key)
  const row = await uploadStore(db).markRefused(upload.file.id, reason, clock.now().toISOString())
  if (row) await publishState(needs, row)
}
