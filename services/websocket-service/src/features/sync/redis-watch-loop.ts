import type { Hints } from '@sup/service-kit/hints'
import type { Redis } from '@sup/service-kit/redis'
import type { Followers } from '../messages/public.js'

const LOOK_MS = 1000
const COMPARE_EVERY = 2
/** What main-api could not publish in the moment of the recovery is caught by a second comparison. */
const AGAIN_MS = 1500

type WatchNeeds = {
  redis: Pick<Redis, 'ping'>
  hints: Pick<Hints, 'onResubscribed'>
  followers: Pick<Followers, 'compareAll'>
}

/**
 * Compares heads when publications may have been lost: after every reconnect, after Redis did not answer for
 * a while (frozen, it drops no connection), and every two seconds as long as it does not.
 */
export function createRedisWatch(needs: WatchNeeds): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  let again: NodeJS.Timeout | undefined
  let failures = 0

  const compare = (): void => {
    needs.followers.compareAll().catch(() => undefined)
  }
  const recover = (): void => {
    compare()
    clearTimeout(again)
    again = setTimeout(compare, AGAIN_MS)
  }
  const look = async (): Promise<void> => {
    try {
      await needs.redis.ping()
      if (failures > 0) recover()
      failures = 0
    } catch {
      failures += 1
      if (failures % COMPARE_EVERY === 0) compare()
    }
  }

  return {
    start() {
      needs.hints.onResubscribed(recover)
      timer = setInterval(() => void look(), LOOK_MS)
    },
    stop() {
      clearInterval(timer)
      clearTimeout(again)
    },
  }
}
