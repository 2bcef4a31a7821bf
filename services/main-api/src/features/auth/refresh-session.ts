import { AppError, type OpenCaller } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type AccountChange,
  type Input,
  type Output,
  accountDisabled,
  invalidToken,
  type refreshSession as contract,
  tokenExpired,
  unauthorized,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { accountChanges, hintAccount } from '../users/public.js'
import { type EndedSessions, announceEnded, endSessions } from './end-sessions.js'
import { newAccessToken, refreshExpiry, shortAddress } from './open-session.js'
import { hashToken, successorOf } from './refresh-tokens.js'
import { cacheSession } from './session-cache.js'
import { type LockedToken, sessionStore } from './session-store.js'

/** So long a repetition counts as a lost answer and not as theft. */
const GRACE_MS = 10_000

type Needed = Needs<'config' | 'db' | 'clock' | 'hints' | 'redis' | 'log'>
type Reuse = { ended: EndedSessions; change: AccountChange }

/**
 * Exchanges a refresh token for its successor and a new access token. The same token again gives the same
 * successor for ten seconds; after that somebody else must have it, and the session ends.
 */
export async function refreshSession(
  needs: Needed,
  caller: OpenCaller,
  { body: { refreshToken } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const outcome = await needs.db.tx('refresh-session', async (tx) => {
    const token = await sessionStore(tx).lockToken(hashToken(refreshToken))
    if (!token) throw new AppError(invalidToken)
    if (token.revokedAt !== null) throw new AppError(unauthorized, { reason: 'session_revoked' })
    if (token.suspendedAt !== null) throw new AppError(accountDisabled)
    if (token.usedAt !== null)
      return repeat(tx, needs, token, { refreshToken, usedAt: token.usedAt })
    return { token, successor: await exchange(tx, needs, caller, { token, refreshToken }) }
  })
  if ('ended' in outcome) {
    await announceReuse(needs, outcome)
    throw new AppError(invalidToken)
  }
  const { token, successor } = outcome
  await cacheSession(needs, token)
  return {
    accessToken: newAccessToken(needs, token),
    refreshToken: successor,
    expiresIn: needs.config.JWT_EXPIRES_IN,
    sessionId: token.sessionId,
  }
}

async function exchange(
  tx: Sql,
  needs: Needed,
  caller: OpenCaller,
  { token, refreshToken }: { token: LockedToken; refreshToken: string },
): Promise<string> {
  const at = needs.clock.now().toISOString()
  if (token.expiresAt <= at) throw new AppError(tokenExpired)
  const [successor] = successors(needs, refreshToken)
  if (successor === undefined) throw new Error('JWT_SECRET is empty')
  const { sessionId } = token
  const expiresAt = refreshExpiry(needs, token.createdAt)
  const sessions = sessionStore(tx)
  await sessions.spendToken(hashToken(refreshToken), at)
  await sessions.insertToken({ tokenHash: hashToken(successor), sessionId, at, expiresAt })
  await sessions.touch({ sessionId, at, expiresAt, ip: shortAddress(caller.ip) })
  return successor
}

/** The successor made with each secret: between the two requests the first secret may have changed. */
const successors = ({ config }: Needs<'config'>, token: string): string[] =>
  config.JWT_SECRET.map((secret) => successorOf(token, secret))

async function repeat(
  tx: Sql,
  needs: Needed,
  token: LockedToken,
  { refreshToken, usedAt }: { refreshToken: string; usedAt: string },
): Promise<Reuse | { token: LockedToken; successor: string }> {
  if (needs.clock.now().getTime() - Date.parse(usedAt) <= GRACE_MS) {
    const candidates = successors(needs, refreshToken)
    const known = await sessionStore(tx).knownTokens(candidates.map(hashToken))
    const successor = candidates.find((one) => known.has(hashToken(one).toString('hex')))
    if (successor !== undefined) return { token, successor }
  }
  const { userId, sessionId, deviceId } = token
  return {
    ended: await endSessions(tx, needs, { userId, sessionId }),
    change: await accountChanges(tx, needs).add(userId, {
      type: 'security',
      kind: 'refresh_reuse',
      deviceId,
    }),
  }
}

async function announceReuse(needs: Needed, { ended, change }: Reuse): Promise<void> {
  needs.log.warn('A refresh token was used twice: its session was ended', { userId: ended.userId })
  await Promise.all([announceEnded(needs, ended), hintAccount(needs, ended.userId, change)])
}
