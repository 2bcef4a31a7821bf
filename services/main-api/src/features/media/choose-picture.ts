import { AppError } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import { Uuid, invalidInput } from '@sup/types'
import { downloadPath } from './file-row.js'
import { fileStore } from './file-store.js'

export type PictureChoice = {
  /** Null takes the picture away; undefined leaves it. */
  fileId: string | null | undefined
  userId: string
  /** The address of the picture until now, which is erased with `eraseUnused` afterwards. */
  before: string | null
}

/**
 * The address of an own image that becomes the picture of an account or a chat; whoever may see them may then
 * read it. Until the transaction ends neither this file nor the one before is given up by somebody else.
 *
 * @throws INVALID_INPUT at `avatarFileId` when it is foreign, encrypted, rejected, deleted or no image
 */
export async function choosePicture(
  tx: Sql,
  { fileId, userId, before }: PictureChoice,
): Promise<string | null | undefined> {
  if (typeof fileId !== 'string') return fileId
  const store = fileStore(tx)
  await store.lock([fileId, ...pictureFiles(before)], { alone: true })
  if (!(await store.isOwnImage({ id: fileId, userId }))) {
    throw new AppError(invalidInput, [{ path: 'avatarFileId', message: 'is no image of yours' }])
  }
  return downloadPath(fileId)
}

/** The file behind the address of a picture; none when the picture lies elsewhere. */
export function pictureFiles(avatarUrl: string | null): string[] {
  const path = downloadPath('')
  const id = Uuid.safeParse(avatarUrl?.startsWith(path) ? avatarUrl.slice(path.length) : '')
  return id.success ? [id.data] : []
}
