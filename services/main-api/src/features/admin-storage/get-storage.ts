import { type Output, checkStorage, type getStorage as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { readUsernames } from '../users/public.js'

/**
 * Who stores how much, and whether the bucket holds exactly what the files say. media-service finds it out; this
 * service knows the names.
 *
 * @throws AppError `SERVICE_UNAVAILABLE` when media-service or its store cannot be reached.
 */
export async function getStorage({
  db,
  mediaService,
}: Needs<'db' | 'mediaService'>): Promise<Output<typeof contract>> {
  const found = await mediaService.callInternal(checkStorage, { body: {}, isIdempotent: true })
  const names = await readUsernames(
    db,
    found.users.map(({ userId }) => userId),
  )
  const users = found.users.map((user) => ({ ...user, username: names.get(user.userId) ?? '' }))
  return { ...found, users }
}
