import type { Caller } from '@sup/service-kit/http'
import type { Output, revokeOtherSessions as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { announceEnded, endSessions } from './end-sessions.js'

/** Ends all own sessions but the one that asks. */
export async function revokeOtherSessions(
  needs: Needs<'db' | 'clock' | 'hints' | 'redis' | 'log'>,
  { userId, sessionId }: Caller,
): Promise<Output<typeof contract>> {
  const ended = await needs.db.tx('revoke-other-sessions', (tx) =>
    endSessions(tx, needs, { userId, exceptSessionId: sessionId }),
  )
  await announceEnded(needs, ended)
  return { revokedSessions: ended.sessionIds.length }
}
