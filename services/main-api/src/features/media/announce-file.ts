import {
  type AccountChange,
  type Input,
  LIMITS,
  type Output,
  type publishMediaState as contract,
  notFound,
} from '@sup/types'
import { AppError } from '@sup/service-kit/http'
import type { Needs } from '../../deps.js'
import { hintAccount } from '../users/public.js'
import { thumbnailUrl } from './file-row.js'
import { fileStore } from './file-store.js'

/** People told of one change; whoever is left out sees it with the next page that shows the message. */
const MOST_TOLD = 1000

/**
 * Tells the owner's devices, and those of the members who see it in a chat of up to 100, what became of a
 * file. What is told is what stands in the database, so that two reports that overtake each other say the same.
 */
export async function announceFile(
  { db, hints, clock, config }: Needs<'db' | 'hints' | 'clock' | 'config'>,
  { params: { fileId } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const store = fileStore(db)
  const [row] = await store.byIds([fileId])
  if (!row) throw new AppError(notFound)
  const isDeleted = row.deletedAt !== null
  const rejectReason = isDeleted ? 'deleted' : row.rejectReason
  const change: AccountChange = {
    type: 'media',
    at: clock.now().toISOString(),
    fileId,
    state: isDeleted ? 'rejected' : row.state,
    ...(row.hasThumbnail && !isDeleted
      ? { thumbnailUrl: thumbnailUrl(config.PUBLIC_URL, fileId) }
      : {}),
    ...(rejectReason === null ? {} : { rejectReason }),
  }
  const shownTo = await store.shownTo({
    id: fileId,
    maxMembers: LIMITS.membersWithReceipts,
    limit: MOST_TOLD,
  })
  for (const userId of new Set([row.userId, ...shownTo])) {
    await hintAccount({ hints }, userId, change)
  }
  return {}
}
