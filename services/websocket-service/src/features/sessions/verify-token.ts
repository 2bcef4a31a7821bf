import { AppError, verifyAccessToken } from '@sup/service-kit/http'
import { unauthorized } from '@sup/types'
import type { Needs } from '../../deps.js'

/** A token that is good here and now. Times in Unix milliseconds. */
export type VerifiedToken = {
  userId: string
  sessionId: string
  deviceId: string
  expiresAt: number
  issuedAt: number
}

/** A token that was accepted within the leeway of its end must not be closed at once. */
const LEEWAY_MS = 60_000

/**
 * Verifies an access token on this node, without a call, and that its session has not ended.
 *
 * @throws AppError `INVALID_TOKEN`, `TOKEN_EXPIRED`, or `UNAUTHORIZED` with reason `session_revoked`.
 */
export function verifyToken(
  { config, clock, revocations }: Needs<'config' | 'clock' | 'revocations'>,
  token: string,
): VerifiedToken {
  const options = { secrets: config.JWT_SECRET, issuer: config.JWT_ISSUER, clock }
  const { userId, sessionId, deviceId, expiresAt } = verifyAccessToken(token, options)
  const end = expiresAt * 1000
  const verified = {
    userId,
    sessionId,
    deviceId,
    expiresAt: end > clock.now().getTime() ? end : end + LEEWAY_MS,
    issuedAt: end - config.JWT_EXPIRES_IN * 1000,
  }
  if (revocations.isRevoked(verified)) {
    throw new AppError(unauthorized, { reason: 'session_revoked' })
  }
  return verified
}
