import { type Input, type Output, type authorizeMedia as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { seesAvatar } from '../users/public.js'
import { accessStore } from './access-store.js'
import { downloadPath } from './file-row.js'

const NO = { allowed: false, maxAgeSeconds: 0 }
const HOUR = 3600

/**
 * May this account read a file: as its owner, in a message it sees, as a picture of somebody or of a chat it
 * sees, in a story for it, as a sticker for everybody (wire-contract 4.8)? Decided anew at each call; only the
 * owner may delete. A permission out of a story ends with the story.
 */
export async function authorizeFile(
  { db, clock }: Needs<'db' | 'clock'>,
  { body: { fileId, userId, action } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const store = accessStore(db)
  const owner = await store.owner(fileId)
  if (owner === undefined) return NO
  if (owner === userId) return { allowed: true, maxAgeSeconds: HOUR }
  if (action === 'delete') return NO
  const now = clock.now()
  const avatarUrl = downloadPath(fileId)
  const { shown, storyEndsAt } = await store.access({ fileId, userId, avatarUrl, now })
  if (shown || (await seesAvatar(db, userId, avatarUrl))) {
    return { allowed: true, maxAgeSeconds: HOUR }
  }
  if (storyEndsAt === null) return NO
  const secondsLeft = Math.floor((Date.parse(storyEndsAt) - now.getTime()) / 1000)
  return { allowed: true, maxAgeSeconds: Math.min(HOUR, secondsLeft) }
}
