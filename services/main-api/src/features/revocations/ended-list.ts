import type { AccessToken } from '@sup/service-kit/http'
import type { Revocation } from '@sup/types'

const LEEWAY_MS = 60_000

/** What has ended, kept for as long as an access token of it could be valid. */
export type EndedList = {
  add(items: readonly Revocation[]): void
  has(token: AccessToken): boolean
  /** Drops what no token that is still valid can belong to; `now` in Unix milliseconds. */
  forget(now: number): void
}

/** @param tokenLifeMs How long an access token is valid. */
export function createEndedList(tokenLifeMs: number): EndedList {
  /** Session, device and user ids; the value is when the newest revocation of each was written. */
  const ended = new Map<string, number>()
  return {
    add(items) {
      for (const item of items) {
        const id = endedBy(item)
        if (id === undefined) continue
        ended.set(id, Math.max(Date.parse(item.before ?? item.at), ended.get(id) ?? 0))
      }
    },
    has({ userId, sessionId, deviceId, expiresAt }) {
      if (ended.has(sessionId) || ended.has(deviceId)) return true
      // An account can log in again after its sessions ended; a session or device never comes back.
      const userEndedAt = ended.get(userId)
      return userEndedAt !== undefined && expiresAt * 1000 - tokenLifeMs <= userEndedAt
    },
    forget(now) {
      for (const [id, at] of ended) {
        if (at < now - tokenLifeMs - 2 * LEEWAY_MS) ended.delete(id)
      }
    },
  }
}

/** The other kinds say what must be read again, not who may no longer call. */
function endedBy({ kind, userId, sessionId, deviceId }: Revocation): string | undefined {
  if (kind === 'session') return sessionId
  if (kind === 'device') return deviceId
  return kind === 'user' ? userId : undefined
}
