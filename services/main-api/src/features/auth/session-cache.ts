import type { Needs } from '../../deps.js'
import { withCopies } from '../../redis-copy.js'

const SECONDS = 86_400

const keyOf = (sessionId: string): string => `session:${sessionId}`

/**
 * Copies a session to Redis, for programs that look there (wire-contract section 12). Nothing here reads
 * it back, so Redis being away or empty logs nobody out.
 */
export async function cacheSession(
  needs: Needs<'redis' | 'log'>,
  session: { sessionId: string; userId: string; deviceId: string; createdAt: string },
): Promise<void> {
  const { sessionId, userId, deviceId, createdAt } = session
  const value = JSON.stringify({ userId, deviceId, createdAt: Date.parse(createdAt) })
  await withCopies(needs, (command) => command.set(keyOf(sessionId), value, 'EX', SECONDS))
}

/** Takes the copies of ended sessions back. */
export async function forgetSessions(
  needs: Needs<'redis' | 'log'>,
  sessionIds: readonly string[],
): Promise<void> {
  // One command per key: in a cluster the keys lie on different nodes.
  await withCopies(needs, (command) => Promise.all(sessionIds.map((id) => command.del(keyOf(id)))))
}
