import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type Output, notFound, type revokeSession as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { announceEnded, endSessions } from './end-sessions.js'

/** Ends one own session, which may be the one that asks. */
export async function revokeSession(
  needs: Needs<'db' | 'clock' | 'hints' | 'redis' | 'log'>,
  { userId }: Caller,
  { params: { sessionId } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const ended = await needs.db.tx('revoke-session', (tx) =>
    endSessions(tx, needs, { userId, sessionId }),
  )
  if (ended.sessionIds.length === 0) throw new AppError(notFound)
  await announceEnded(needs, ended)
  return { revokedSessions: 1 }
}
