import type { Caller } from '@sup/service-kit/http'
import type { Input, Output, logOut as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { announceDiscarded, discardDevice } from '../devices/public.js'
import { announceEnded, endSessions } from './end-sessions.js'
import { lockAccount } from './lock-account.js'

/**
 * Ends the session of the caller, or all of the account; `removeDevice` removes the caller's device too.
 * The refresh token of the seeds' clients is accepted and not needed: the access token says which session.
 */
export async function logOut(
  needs: Needs<'db' | 'clock' | 'hints' | 'redis' | 'log'>,
  { userId, sessionId, deviceId }: Caller,
  { body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const { ended, discarded } = await needs.db.tx('log-out', async (tx) => {
    // Before the sessions, as everybody who needs both locks.
    await lockAccount(tx, userId)
    const which = body.allSessions === true ? { userId } : { userId, sessionId }
    const ended = await endSessions(tx, needs, which)
    const discarded =
      body.removeDevice === true ? await discardDevice(tx, needs, { userId, deviceId }) : undefined
    return { ended, discarded }
  })
  await Promise.all([
    announceEnded(needs, ended),
    discarded ? announceDiscarded(needs, discarded) : undefined,
  ])
  const alsoEnded = discarded?.ended.sessionIds.length ?? 0
  return { revokedSessions: ended.sessionIds.length + alsoEnded }
}
