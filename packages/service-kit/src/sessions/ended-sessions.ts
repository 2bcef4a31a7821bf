import type { Revocation, UUID } from '@sup/types'

/** Whose session something is. `issuedAt` of its token, in Unix milliseconds. */
export type SessionOf = { userId: UUID; sessionId: UUID; deviceId: UUID; issuedAt: number }

/** What has ended, as far as this node was told. */
export type EndedSessions = {
  add(revocation: Revocation): void
  isRevoked(session: SessionOf): boolean
  /** Forgets what ended before `time` (Unix milliseconds): no token of it can be alive any more. */
  forgetBefore(time: number): void
}

/**
 * Keeps sessions and devices by id: these never come back. Of users it keeps the time up to which their
 * tokens are void, since an account can log in again.
 */
export function createEndedSessions(): EndedSessions {
  const sessions = new Map<UUID, number>()
  const devices = new Map<UUID, number>()
  const users = new Map<UUID, number>()

  return {
    add({ kind, userId, sessionId, deviceId, before, at }) {
      const time = Date.parse(at)
      if (kind === 'session' && sessionId !== undefined) sessions.set(sessionId, time)
      if (kind === 'device' && deviceId !== undefined) devices.set(deviceId, time)
      if (kind === 'user') {
        const until = before === undefined ? time : Date.parse(before)
        users.set(userId, Math.max(until, users.get(userId) ?? 0))
      }
    },
    isRevoked: ({ userId, sessionId, deviceId, issuedAt }) =>
      sessions.has(sessionId) || devices.has(deviceId) || issuedAt <= (users.get(userId) ?? 0),
    forgetBefore(time) {
      for (const kept of [sessions, devices, users]) {
        for (const [id, at] of kept) if (at < time) kept.delete(id)
      }
    },
  }
}
