import { AppError, type Caller } from '@sup/service-kit/http'
import { authorizeMedia, notFound } from '@sup/types'
import type { Needs } from '../../deps.js'
import type { FileRow } from './file-row.js'
import { fileStore } from './file-store.js'

/** What somebody may read, and for how long a copy may be kept. */
export type ReadableFile = { row: FileRow; maxAgeSeconds: number }

const OWN_MAX_AGE_SECONDS = 3600

/**
 * A file that the caller may read: an own one, or one that main-api says is shown to them. Asked anew at
 * every request, so that a right that ended is not used any more.
 *
 * @throws AppError `NOT_FOUND`, the same for files that do not exist; `SERVICE_UNAVAILABLE` when main-api
 *   cannot be asked.
 */
export async function findReadable(
  { db, mainApi }: Needs<'db' | 'mainApi'>,
  { userId }: Pick<Caller, 'userId'>,
  fileId: string,
): Promise<ReadableFile> {
  const row = await fileStore(db).find(fileId)
  if (!row) throw new AppError(notFound)
  if (row.userId === userId) return { row, maxAgeSeconds: OWN_MAX_AGE_SECONDS }
  const body = { fileId, userId, action: 'read' as const }
  const { allowed, maxAgeSeconds } = await mainApi.callInternal(authorizeMedia, {
    body,
    isIdempotent: true,
  })
  if (!allowed) throw new AppError(notFound)
  return { row, maxAgeSeconds }
}

/**
 * A file whose bytes the caller may read: `findReadable`, and not rejected.
 *
 * @throws AppError as `findReadable`; `NOT_FOUND` with the state of a rejected file.
 */
export async function findDownload(
  needs: Needs<'db' | 'mainApi'>,
  caller: Pick<Caller, 'userId'>,
  fileId: string,
): Promise<ReadableFile> {
  const file = await findReadable(needs, caller, fileId)
  const { state } = file.row
  if (state === 'rejected') throw new AppError(notFound, { state })
  return file
}
