import { AppError, type Caller } from '@sup/service-kit/http'
import { gone, notFound } from '@sup/types'
import type { Needs } from '../../deps.js'
import { type UploadRow, sessionStore } from './session-store.js'

/**
 * An own upload, open or completed.
 *
 * @throws AppError `NOT_FOUND`; `GONE` when it expired, was refused, or its file was deleted.
 */
export async function findUpload(
  { db, clock }: Needs<'db' | 'clock'>,
  { userId }: Pick<Caller, 'userId'>,
  id: string,
): Promise<UploadRow> {
  const upload = await sessionStore(db).find({ id, userId, at: clock.now().toISOString() })
  if (!upload) throw new AppError(notFound)
  const isOver = upload.isDeleted || (upload.isExpired && !upload.isCompleted)
  if (isOver) throw new AppError(gone)
  return upload
}

/**
 * An own upload that still takes bytes.
 *
 * @throws AppError `NOT_FOUND`, `GONE`.
 */
export async function findOpenUpload(
  needs: Needs<'db' | 'clock'>,
  caller: Pick<Caller, 'userId'>,
  id: string,
): Promise<UploadRow> {
  const upload = await findUpload(needs, caller, id)
  if (upload.isCompleted) throw new AppError(gone)
  return upload
}
