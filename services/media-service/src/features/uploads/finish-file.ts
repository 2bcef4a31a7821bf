import { type Sql, outbox } from '@sup/service-kit/postgres'
import { AppError } from '@sup/service-kit/http'
import { PROCESSING, gone, mediaUploaded } from '@sup/types'
import type { Needs } from '../../deps.js'
import type { FileRow } from '../files/public.js'
import { reserveBytes } from '../quotas/public.js'
import { type StoredFile, uploadStore } from './upload-store.js'

/** Nothing is done to encrypted files and to those of type `file`: they are ready as they are. */
const isProcessed = ({ encrypted, type }: Pick<StoredFile, 'encrypted' | 'type'>): boolean =>
  !encrypted && PROCESSING[type] !== undefined

/**
 * Makes a pending file a stored one: what it really takes is held against the quota, and the duty to process
 * it is written, in one transaction.
 *
 * @param tx Of the caller, who has more to write in it.
 * @throws AppError `QUOTA_EXCEEDED`; `GONE` when the file is not pending any more.
 */
export async function finishFile(
  tx: Sql,
  { config }: Needs<'config'>,
  file: Omit<StoredFile, 'state'>,
): Promise<FileRow> {
  const store = uploadStore(tx)
  const more = file.sizeBytes - (await store.reserved(file.id))
  await reserveBytes(tx, file.userId, {
    bytes: more,
    limitBytes: config.MEDIA_QUOTA_BYTES,
    isOpen: true,
  })
  const row = await store.markStored({ ...file, state: isProcessed(file) ? 'uploaded' : 'ready' })
  if (!row) throw new AppError(gone)
  if (row.state === 'uploaded') {
    const { id: fileId, userId, type, mimeType, s3Key } = row
    const payload = { fileId, userId, type, mimeType, s3Key }
    await outbox(tx).add(mediaUploaded.name, { key: userId, payload })
  }
  return row
}
