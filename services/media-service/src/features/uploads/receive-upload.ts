import {
  type Answer,
  AppError,
  type Caller,
  type HandlerInput,
  answer,
} from '@sup/service-kit/http'
import { newId } from '@sup/service-kit/ids'
import { type MediaFile, type uploadFile as contract, invalidInput } from '@sup/types'
import type { z } from 'zod'
import type { Needs } from '../../deps.js'
import { type FileRow, publishState, showFile } from '../files/public.js'
import { OPAQUE, kindOf } from './allowed-types.js'
import { discardFile } from './discard-file.js'
import type { Draft } from './draft.js'
import { finishFile } from './finish-file.js'
import { takeFile, takeThumbnail } from './take-file.js'

export type Uploads = Needs<
  'db' | 'blobs' | 'mainApi' | 'clock' | 'config' | 'log' | 'mediaMetrics'
>

type Fields = z.output<(typeof contract)['body']>

/**
 * Stores the file of a form while it arrives. Nothing is buffered but two parts of 5 MiB; what is refused, or
 * breaks off, leaves nothing behind.
 *
 * @throws AppError `UNSUPPORTED_MEDIA_TYPE` for bytes of another kind than `type`, `PAYLOAD_TOO_LARGE`,
 *   `QUOTA_EXCEEDED`, `LIMIT_REACHED`, `INVALID_INPUT` for another digest, an empty file or a thumbnail of a
 *   file that is not encrypted; `VALIDATION_ERROR`.
 */
export async function receiveUpload(
  needs: Uploads,
  { userId }: Caller,
  { form }: HandlerInput<typeof contract>,
): Promise<Answer<MediaFile>> {
  const draft: Draft = { id: newId(needs), userId, announcedBytes: form.announcedBytes }
  try {
    const fields = await form.read((file) =>
      file.field === 'file' ? takeFile(needs, draft, file) : takeThumbnail(draft, file),
    )
    const row = await storeDraft(needs, draft, fields)
    needs.mediaMetrics.uploaded(row.type, row.sizeBytes)
    await publishState(needs, row)
    const file = showFile(row, needs.config)
    return answer(file, { status: 201, beside: { fileId: file.id, url: file.url } })
  } catch (err) {
    needs.mediaMetrics.refused()
    await discardFile(needs, draft.id, [draft.file?.s3Key, thumbnailKeyOf(draft)])
    throw err
  }
}

const thumbnailKeyOf = ({ id, thumbnail }: Draft): string | undefined =>
  thumbnail === undefined ? undefined : `thumbnails/${id}.bin`

async function storeDraft(needs: Uploads, draft: Draft, fields: Fields): Promise<FileRow> {
  const { file, thumbnail, id, userId } = draft
  // The form has seen to it that a file has come.
  if (file === undefined) throw refuse('file', 'is missing')
  const { type, encrypted, purpose, metadata, sha256 } = fields
  if (file.sizeBytes === 0) throw refuse('file', 'is empty')
  const { mimeType } = encrypted ? OPAQUE : kindOf(type, file.detected)
  if (sha256 !== undefined && sha256 !== file.sha256)
    throw refuse('sha256', 'is not that of the file')
  if (thumbnail !== undefined && !encrypted) throw refuse('thumbnail', 'is for encrypted files')
  const thumbnailKey = thumbnailKeyOf(draft)
  if (thumbnail !== undefined && thumbnailKey !== undefined) {
    await needs.blobs.put(thumbnailKey, thumbnail, { contentType: OPAQUE.mimeType })
  }
  const { s3Key, sizeBytes, fileName, sha256: digest } = file
  const stored = { id, userId, type, mimeType, s3Key, sizeBytes, encrypted, purpose, fileName }
  return needs.db.tx('store-upload', (tx) =>
    finishFile(tx, needs, { ...stored, metadata, sha256: digest, thumbnailKey }),
  )
}

const refuse = (path: string, message: string): AppError =>
  new AppError(invalidInput, [{ path, message }])
