import { UserProfile } from '@sup/types'
import { z } from 'zod'
import type { Needs } from '../../deps.js'

const Cached = UserProfile.extend({ version: z.string() })

const keyOf = (userId: string): string => `user:${userId}`

/**
 * A profile as a stranger sees it, from Redis. The version of the account is kept with it, so that a copy
 * that was written while the account changed is never taken for the new state.
 *
 * @param version As the database has it now.
 * @returns Undefined when there is none of this version, or Redis is away.
 */
export async function readCachedProfile(
  { redis, log }: Needs<'redis' | 'log'>,
  userId: string,
  version: string,
): Promise<UserProfile | undefined> {
  try {
    const text = await redis.command.get(keyOf(userId))
    if (text === null) return undefined
    const { version: cachedVersion, ...profile } = Cached.parse(JSON.parse(text))
    return cachedVersion === version ? profile : undefined
  } catch (err) {
    log.warn('A cached profile could not be read', { err })
    return undefined
  }
}

/** Keeps a stranger's view for `REDIS_TTL` seconds; never fails. */
export async function cacheProfile(
  { redis, config, log }: Needs<'redis' | 'config' | 'log'>,
  profile: UserProfile,
  version: string,
): Promise<void> {
  const text = JSON.stringify({ ...profile, version })
  await redis.command.set(keyOf(profile.id), text, 'EX', config.REDIS_TTL).catch((err: unknown) => {
    log.warn('A profile was not cached', { err })
  })
}

/** Drops the copy of an account that changed; never fails. */
export async function dropCachedProfile(
  { redis, log }: Needs<'redis' | 'log'>,
  userId: string,
): Promise<void> {
  await redis.command.del(keyOf(userId)).catch((err: unknown) => {
    log.warn('A cached profile was not dropped', { err })
  })
}
