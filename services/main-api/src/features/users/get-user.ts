import { AppError, type Caller } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  type UserProfile,
  type getUser as contract,
  notFound,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { cacheProfile, readCachedProfile } from './profile-cache.js'
import { profileStore } from './profile-store.js'

type Needed = Needs<'db' | 'redis' | 'config' | 'log'>

/** The caller's own account, or somebody else's as far as privacy lets the caller see it. */
export async function getUser(
  needs: Needed,
  { userId }: Caller,
  { params: { id } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const user =
    id === 'me' || id === userId
      ? await profileStore(needs.db).privateUser(userId)
      : await otherProfile(needs, userId, id)
  if (!user) throw new AppError(notFound)
  return user
}

async function otherProfile(
  needs: Needed,
  viewerId: string,
  userId: string,
): Promise<UserProfile | undefined> {
  const profiles = profileStore(needs.db)
  const relation = await profiles.stranger(viewerId, userId)
  if (!relation) return undefined
  const { isStranger, version } = relation
  const cached = isStranger ? await readCachedProfile(needs, userId, version) : undefined
  if (cached) return cached
  const [profile] = await profiles.profiles(viewerId, [userId])
  if (profile && isStranger) await cacheProfile(needs, profile, version)
  return profile
}
