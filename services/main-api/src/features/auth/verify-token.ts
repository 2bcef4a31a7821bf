import { AppError, type ServiceCaller, verifyAccessToken } from '@sup/service-kit/http'
import { type Input, type Output, unauthorized, type verifyToken as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { readPrivateUser } from '../users/public.js'

/** Checks an access token for a service that cannot, and says whose it is. */
export async function verifyToken(
  { config, clock, db, revokedSessions }: Needs<'config' | 'clock' | 'db' | 'revokedSessions'>,
  _caller: ServiceCaller,
  { body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const options = { secrets: config.JWT_SECRET, issuer: config.JWT_ISSUER, clock }
  const token = verifyAccessToken(body.token, options)
  const user = (await revokedSessions.isRevoked(token))
    ? null
    : await readPrivateUser(db, token.userId)
  if (!user) throw new AppError(unauthorized, { reason: 'session_revoked' })
  const { userId, sessionId, deviceId, expiresAt } = token
  return {
    userId,
    sessionId,
    deviceId,
    expiresAt: new Date(expiresAt * 1000).toISOString(),
    user: { id: user.id, username: user.username, displayName: user.displayName },
  }
}
