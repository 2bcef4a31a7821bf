import type { Needs } from '../../deps.js'

const SECONDS = 86_400

const keyOf = (sessionId: string): string => `session:${sessionId}`

/**
 * Copies a session to Redis, for programs that look there (wire-contract section 12). Nothing here reads
 * it back, so Redis being away or empty logs nobody out.
 */
export async function cacheSession(
  { redis, log }: Needs<'redis' | 'log'>,
  session: { sessionId: string; userId: string; deviceId: string; createdAt: string },
): Promise<void> {
  const { sessionId, userId, deviceId, createdAt } = session
  const value = JSON.stringify({ userId, deviceId, createdAt: Date.parse(createdAt) })
  await redis.command.set(keyOf(sessionId), value, 'EX', SECONDS).catch((err: unknown) => {
    log.warn('A session was not copied to Redis', { err })
  })
}

/** Takes the copies of ended sessions back. */
export async function forgetSessions(
  { redis, log }: Needs<'redis' | 'log'>,
  sessionIds: readonly string[],
): Promise<void> {
  // One command per key: in a cluster the keys lie on different nodes.
  await Promise.all(sessionIds.map((id) => redis.command.del(keyOf(id)))).catch((err: unknown) => {
    log.warn('Ended sessions stay in Redis until they expire there', { err })
  })
}
