import type { Clock } from '@sup/service-kit/clock'
import { type AccessToken, unavailable } from '@sup/service-kit/http'
import type { Hints } from '@sup/service-kit/hints'
import type { Logger } from '@sup/service-kit/log'
import type { Database } from '@sup/service-kit/postgres'
import { LIMITS, REVOCATIONS_CHANNEL, type Revocation } from '@sup/types'
import type { Config } from '../../config.js'
import { type Cursor, START, readRevocations } from './read-revocations.js'
import { revocationStore } from './revocation-store.js'

const PAGE = 1000
const LEEWAY_MS = 60_000
/** Older knowledge than this is not trusted: the session itself is looked up instead. */
const STALE_AFTER_MS = 1000

/** Knows which access tokens belong to something that has ended. */
export type RevokedSessionsLoop = {
  /**
   * @throws AppError `SERVICE_UNAVAILABLE` when neither the list nor the session can be read: better no
   *   answer than one for a session that has ended.
   */
  isRevoked(token: AccessToken): boolean | Promise<boolean>
  start(): Promise<void>
  stop(): Promise<void>
}

type Needed = { config: Config; db: Database; hints: Hints; clock: Clock; log: Logger }

/**
 * Keeps the revocations of the last minutes in memory, for as long as a token they concern could be valid.
 * It polls every 500 ms and at every hint, so that an end is seen within a second even while Redis is away.
 */
export function createRevokedSessionsLoop(needed: Needed): RevokedSessionsLoop {
  const { config, db, hints, clock, log } = needed
  const tokenLifeMs = config.JWT_EXPIRES_IN * 1000
  /** Session, device and user ids; the value is when the newest revocation of each was written. */
  const ended = new Map<string, number>()
  let cursor: Cursor = START
  // Monotonic: the wall clock may be set, and a test's stands still.
  let freshAt = -Infinity
  let timer: NodeJS.Timeout | undefined
  let polling: Promise<void> | undefined
  let isStopped = false

  const readAll = async (): Promise<void> => {
    const startedAt = performance.now()
    for (let hasMore = true; hasMore;) {
      const page = await readRevocations(db, cursor, PAGE)
      for (const item of page.items) remember(ended, item)
      ;({ cursor, hasMore } = page)
    }
    freshAt = startedAt
    forget(ended, clock.now().getTime() - tokenLifeMs - 2 * LEEWAY_MS)
  }
  const poll = (): Promise<void> =>
    (polling ??= readAll()
      .catch((err: unknown) => {
        log.warn('Revocations could not be read', { err })
      })
      .finally(() => {
        polling = undefined
      }))
  const pollNow = (): void => {
    void poll()
  }
  const tick = async (): Promise<void> => {
    await poll()
    if (!isStopped) timer = setTimeout(() => void tick(), LIMITS.revocationPollMs)
  }

  return {
    isRevoked(token) {
      if (isEnded(ended, token, tokenLifeMs)) return true
      if (performance.now() - freshAt <= STALE_AFTER_MS) return false
      return revocationStore(db)
        .isLive(token.sessionId)
        .then(
          (isLive) => !isLive,
          (err: unknown) => {
            throw unavailable(err)
          },
        )
    },
    async start() {
      hints.onResubscribed(pollNow)
      await hints.subscribe(REVOCATIONS_CHANNEL, pollNow)
      await tick()
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await hints.unsubscribe(REVOCATIONS_CHANNEL, pollNow)
      await polling
    },
  }
}

/** The other kinds say what must be read again, not who may no longer call. */
function remember(ended: Map<string, number>, item: Revocation): void {
  const id = endedBy(item)
  if (id === undefined) return
  const at = Date.parse(item.before ?? item.at)
  ended.set(id, Math.max(at, ended.get(id) ?? 0))
}

function endedBy({ kind, userId, sessionId, deviceId }: Revocation): string | undefined {
  if (kind === 'session') return sessionId
  if (kind === 'device') return deviceId
  return kind === 'user' ? userId : undefined
}

/** An account can log in again after its sessions were ended; a session or device never comes back. */
function isEnded(ended: Map<string, number>, token: AccessToken, tokenLifeMs: number): boolean {
  if (ended.has(token.sessionId) || ended.has(token.deviceId)) return true
  const userEndedAt = ended.get(token.userId)
  return userEndedAt !== undefined && token.expiresAt * 1000 - tokenLifeMs <= userEndedAt
}

/** No token that was signed before `time` is valid any more. */
function forget(ended: Map<string, number>, time: number): void {
  for (const [id, at] of ended) {
    if (at < time) ended.delete(id)
  }
}
