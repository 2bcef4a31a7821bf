import { type OpenCaller, addressKey, plainAddress, signAccessToken } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import type { AccountChange, AuthResult, DeviceInput, PrivateUser } from '@sup/types'
import type { Needs } from '../../deps.js'
import { newId } from '../../ids.js'
import { type Discarded, announceDiscarded, claimDevice } from '../devices/public.js'
import { accountChanges, hintAccount } from '../users/public.js'
import { type EndedSessions, announceEnded, endSessions } from './end-sessions.js'
import { hashToken, newRefreshToken } from './refresh-tokens.js'
import { cacheSession } from './session-cache.js'
import { sessionStore } from './session-store.js'

const DAY_MS = 86_400_000
const ABSOLUTE_DAYS = 90

/** A session that was opened in a transaction; announced after its commit. */
export type OpenedSession = {
  userId: string
  deviceId: string
  /** Set when the account did not have the device before. */
  newDeviceName?: string
  sessionId: string
  refreshToken: string
  createdAt: string
  /** Where the log-in came from, shortened. */
  address: string | null
  ended: EndedSessions
  discarded: Discarded | undefined
  changes: AccountChange[]
}

/**
 * Opens the session of a log-in: on the device that it names or on a new one, whose older session ends.
 *
 * @param tx The transaction, which holds the lock of the account; `announceOpened` follows its commit.
 */
export async function openSession(
  tx: Sql,
  needs: Needs<'config' | 'clock'>,
  caller: OpenCaller,
  { userId, device }: { userId: string; device: DeviceInput | undefined },
): Promise<OpenedSession> {
  const claimed = await claimDevice(tx, needs, { userId, device })
  const deviceId = claimed.device.id
  const ended = await endSessions(tx, needs, { userId, deviceId })
  const createdAt = needs.clock.now().toISOString()
  const expiresAt = refreshExpiry(needs, createdAt)
  const sessionId = newId(needs)
  const refreshToken = newRefreshToken()
  const address = shortAddress(caller.ip)
  const sessions = sessionStore(tx)
  await sessions.insert({
    id: sessionId,
    userId,
    deviceId,
    at: createdAt,
    expiresAt,
    ip: address,
    userAgent: caller.userAgent ?? null,
  })
  const tokenHash = hashToken(refreshToken)
  await sessions.insertToken({ tokenHash, sessionId, at: createdAt, expiresAt })
  const { discarded, isNew } = claimed
  const changes = [await accountChanges(tx, needs).add(userId, newLogIn(deviceId))]
  if (isNew) {
    const shown = { ...claimed.device, current: false }
    changes.push(await accountChanges(tx, needs).add(userId, { type: 'device', device: shown }))
  }
  return {
    userId,
    deviceId,
    ...(isNew ? { newDeviceName: claimed.device.name } : {}),
    sessionId,
    refreshToken,
    createdAt,
    address,
    ended,
    discarded,
    changes,
  }
}

const newLogIn = (deviceId: string) => ({ type: 'security', kind: 'new_login', deviceId }) as const

/**
 * Until when a refresh token holds: so many days from now, and never beyond 90 days after the log-in.
 *
 * @param sessionCreatedAt ISO time of the log-in.
 */
export function refreshExpiry(
  { config, clock }: Needs<'config' | 'clock'>,
  sessionCreatedAt: string,
): string {
  const idle = clock.now().getTime() + config.REFRESH_TOKEN_TTL_DAYS * DAY_MS
  const absolute = Date.parse(sessionCreatedAt) + ABSOLUTE_DAYS * DAY_MS
  return new Date(Math.min(idle, absolute)).toISOString()
}

/** Enough to recognise one's own log-ins, not enough to find a person: /24 or /48. */
export function shortAddress(ip: string): string | null {
  const plain = plainAddress(ip)
  if (plain === '') return null
  if (!plain.includes(':')) return plain.replace(/\.\d+$/, '.0/24')
  return `${addressKey(plain).split(':').slice(0, 3).join(':')}::/48`
}

/** Makes a log-in known to the account's other devices, after the commit; never fails. */
export async function announceOpened(
  needs: Needs<'hints' | 'redis' | 'log'>,
  opened: OpenedSession,
): Promise<void> {
  const { userId, deviceId, ended, discarded, changes } = opened
  await Promise.all([
    cacheSession(needs, opened),
    announceEnded(needs, ended),
    discarded ? announceDiscarded(needs, discarded) : undefined,
    ...changes.map((change) => hintAccount(needs, userId, change, deviceId)),
  ])
}

/** What the client gets. */
export const authResult = (
  needs: Needs<'config' | 'clock'>,
  opened: OpenedSession,
  user: PrivateUser,
): AuthResult => ({
  user,
  accessToken: newAccessToken(needs, opened),
  refreshToken: opened.refreshToken,
  expiresIn: needs.config.JWT_EXPIRES_IN,
  sessionId: opened.sessionId,
  deviceId: opened.deviceId,
})

/** @throws Error without a secret, which the config does not allow. */
export function newAccessToken(
  { config, clock }: Needs<'config' | 'clock'>,
  session: { userId: string; sessionId: string; deviceId: string },
): string {
  const [secret] = config.JWT_SECRET
  if (secret === undefined) throw new Error('JWT_SECRET is empty')
  return signAccessToken(session, {
    secret,
    issuer: config.JWT_ISSUER,
    clock,
    expiresInSeconds: config.JWT_EXPIRES_IN,
  })
}
