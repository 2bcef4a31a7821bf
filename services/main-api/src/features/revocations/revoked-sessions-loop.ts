import type { Clock } from '@sup/service-kit/clock'
import { type AccessToken, unavailable } from '@sup/service-kit/http'
import type { Hints } from '@sup/service-kit/hints'
import type { Logger } from '@sup/service-kit/log'
import type { Database } from '@sup/service-kit/postgres'
import { LIMITS, REVOCATIONS_CHANNEL } from '@sup/types'
import type { Config } from '../../config.js'
import { createEndedList } from './ended-list.js'
import { type Cursor, START, readRevocations } from './read-revocations.js'
import { revocationStore } from './revocation-store.js'

const PAGE = 1000
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
 * Keeps the revocations of the last minutes in memory. It polls every 500 ms and at every hint, so that an
 * end is seen within a second even while Redis is away.
 */
export function createRevokedSessionsLoop(needed: Needed): RevokedSessionsLoop {
  const { config, db, hints, clock, log } = needed
  const ended = createEndedList(config.JWT_EXPIRES_IN * 1000)
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
      ended.add(page.items)
      ;({ cursor, hasMore } = page)
    }
    freshAt = startedAt
    ended.forget(clock.now().getTime())
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
      if (ended.has(token)) return true
      const isFresh = performance.now() - freshAt <= STALE_AFTER_MS
      return isFresh ? false : isOver(db, token)
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

async function isOver(db: Database, { sessionId }: AccessToken): Promise<boolean> {
  try {
    return !(await revocationStore(db).isLive(sessionId))
  } catch (err) {
    throw unavailable(err)
  }
}
