import { AppError, type Caller } from '@sup/service-kit/http'
import { outbox } from '@sup/service-kit/postgres'
import {
  type Input,
  type deleteFile as contract,
  forbidden,
  mediaDeleted,
  notFound,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { fileStore } from './file-store.js'
import { findReadable } from './find-file.js'
import { publishState } from './publish-state.js'

/**
 * Deletes an own file. It is gone for everybody with the commit; a duty of the same transaction has its bytes
 * and everything made of them removed. Messages that carry it show that it was deleted.
 *
 * @throws AppError `NOT_FOUND`, also the second time; `FORBIDDEN` for a file of somebody else that is shown
 *   to the caller.
 */
export async function deleteFile(
  needs: Needs<'db' | 'mainApi' | 'clock' | 'config' | 'log'>,
  caller: Caller,
  { params: { fileId } }: Input<typeof contract>,
): Promise<Record<string, never>> {
  const { row } = await findReadable(needs, caller, fileId)
  if (row.userId !== caller.userId) throw new AppError(forbidden)
  const at = needs.clock.now().toISOString()
  const deleted = await needs.db.tx('delete-file', async (tx) => {
    const [gone] = await fileStore(tx).markDeleted([fileId], at)
    if (!gone) throw new AppError(notFound)
    const { userId, s3Key, thumbnailKey } = gone
    const s3Keys = thumbnailKey === null ? [s3Key] : [s3Key, thumbnailKey]
    await outbox(tx).add(mediaDeleted.name, { key: userId, payload: { fileId, userId, s3Keys } })
    return gone
  })
  await publishState(needs, deleted)
  return {}
}
