import { UserProfile } from '@sup/types'
import { z } from 'zod'
import type { Needs } from '../../deps.js'
import { withCopies } from '../../redis-copy.js'

const Cached = UserProfile.extend({ version: z.string() })

const keyOf = (userId: string): string => `user:${userId}`

/**
 * A profile as a stranger sees it, from Redis. The version of the account is kept with it, so that a copy
 * that was written while the account changed is never taken for the new state.
 *
 * @param version As the database has it now.
 * @returns Undefined when there is none of this version, or Redis is away.
 */
export function readCachedProfile(
  needs: Needs<'redis' | 'log'>,
  userId: string,
  version: string,
): Promise<UserProfile | undefined> {
  return withCopies(needs, async (command) => {
    const text = await command.get(keyOf(userId))
    if (text === null) return undefined
    const { version: cachedVersion, ...profile } = Cached.parse(JSON.parse(text))
    return cachedVersion === version ? profile : undefined
  })
}

/** Keeps a stranger's view for `REDIS_TTL` seconds; never fails. */
export async function cacheProfile(
  needs: Needs<'redis' | 'config' | 'log'>,
  profile: UserProfile,
  version: string,
): Promise<void> {
  const text = JSON.stringify({ ...profile, version })
  const seconds = needs.config.REDIS_TTL
  await withCopies(needs, (command) => command.set(keyOf(profile.id), text, 'EX', seconds))
}

/** Drops the copy of an account that changed; never fails. */
export async function dropCachedProfile(
  needs: Needs<'redis' | 'log'>,
  userId: string,
): Promise<void> {
  await withCopies(needs, (command) => command.del(keyOf(userId)))
}
