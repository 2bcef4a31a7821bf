import type { Clock } from '../clock/index.js'
import type { BucketResult, BucketTake } from './bucket.js'

const MOST_BUCKETS = 50_000

/** The buckets of one process, for the time in which Redis is away: same numbers, same arithmetic. */
export function localBuckets(clock: Clock): {
  take(buckets: readonly BucketTake[]): BucketResult[]
} {
  /** When each bucket is full again, in milliseconds; in the order of their last use. */
  const fullAt = new Map<string, number>()

  const takeOne = ({ key, rate, burst, count }: BucketTake): BucketResult => {
    const now = clock.now().getTime()
    const interval = 1000 / rate
    const capacity = burst * interval
    const known = Math.min(Math.max(fullAt.get(key) ?? now, now), now + capacity)
    const after = Math.max(now, known + count * interval)
    const missing = after - now - capacity
    const allowed = missing <= 0.001
    const level = allowed ? after : known
    fullAt.delete(key)
    fullAt.set(key, level)
    forgetOldest(fullAt)
    return {
      allowed,
      remaining: Math.max(0, Math.floor((capacity - (level - now) + 0.001) / interval)),
      retryAfterMs: allowed ? 0 : Math.ceil(missing),
    }
  }
  return { take: (buckets) => buckets.map(takeOne) }
}

/** Bounded: an attacker with many addresses must not fill the memory. */
function forgetOldest(fullAt: Map<string, number>): void {
  if (fullAt.size <= MOST_BUCKETS) return
  const [oldest] = fullAt.keys()
  if (oldest !== undefined) fullAt.delete(oldest)
}
