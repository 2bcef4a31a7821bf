import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { type Clock, systemClock } from '../clock/index.js'
import type { Limiter, RateResult } from '../http/index.js'
import type { RateClass, RateClasses } from './rate-classes.js'
import type { Redis } from './redis.js'
import { type TokenBuckets, tokenBuckets } from './token-buckets.js'

/** Counts requests of the REST classes, shared by all processes through Redis. */
export type RestLimiter = Limiter & {
  /** What `take` would say, without counting. */
  peek: (rateClass: string, key: string) => Promise<RateResult | undefined>
  /** Takes back one that was counted before it was known to be harmless (a log-in that succeeded). */
  giveBack: (rateClass: string, key: string) => Promise<void>
}

/**
 * Makes the limiter of an app. While Redis is away every process counts by itself with the same numbers,
 * so that no class, least of all `auth`, becomes unlimited. It never rejects.
 *
 * @param options `classes` as `rateClasses` makes them; a class that is not among them is not limited.
 */
export function createLimiter(options: {
  redis: Redis
  classes: RateClasses
  clock?: Clock
  /** Share them when the process has some already. */
  buckets?: TokenBuckets
}): RestLimiter {
  const { redis, classes, clock = systemClock } = options
  const buckets = options.buckets ?? tokenBuckets(redis, { clock })
  const counters = new Map(
    Object.entries(classes).map(([name, spec]) => [
      name,
      spec.kind === 'window'
        ? windowCounter(redis, name, spec)
        : bucketCounter(buckets, name, spec),
    ]),
  )
  return {
    take: async (rateClass, key) => counters.get(rateClass)?.take(key),
    peek: async (rateClass, key) => counters.get(rateClass)?.peek(key),
    giveBack: async (rateClass, key) => {
      await counters.get(rateClass)?.giveBack(key)
    },
  }
}

type Counter = {
  take: (key: string) => Promise<RateResult>
  peek: (key: string) => Promise<RateResult>
  giveBack: (key: string) => Promise<void>
}

function windowCounter(
  redis: Redis,
  name: string,
  spec: Extract<RateClass, { kind: 'window' }>,
): Counter {
  const numbers = { keyPrefix: `rl:${name}`, points: spec.points, duration: spec.seconds }
  const limiter = new RateLimiterRedis({
    ...numbers,
    storeClient: redis.command,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(numbers),
  })
  const resultOf = (res: RateLimiterRes, allowed: boolean): RateResult => ({
    allowed,
    quota: spec.points,
    windowSeconds: spec.seconds,
    remaining: Math.max(0, spec.points - res.consumedPoints),
    resetMs: Math.max(0, res.msBeforeNext),
    retryAfterMs: allowed ? 0 : Math.max(1, res.msBeforeNext),
  })
  return {
    async take(key) {
      try {
        return resultOf(await limiter.consume(key), true)
      } catch (err) {
        // It rejects with the state when the limit is reached, and with an error only if both fail.
        if (err instanceof RateLimiterRes) return resultOf(err, false)
        throw err
      }
    },
    async peek(key) {
      const res = await limiter.get(key)
      const consumed = res?.consumedPoints ?? 0
      const state = res ?? new RateLimiterRes(spec.points, 0, 0, true)
      return resultOf(state, consumed < spec.points)
    },
    async giveBack(key) {
      await limiter.reward(key)
    },
  }
}

function bucketCounter(
  buckets: TokenBuckets,
  name: string,
  spec: Extract<RateClass, { kind: 'bucket' }>,
): Counter {
  const rate = spec.perMinute / 60
  const take = async (key: string, count: number): Promise<RateResult> => {
    const [result] = await buckets.take([
      { key: `rl:${name}:${key}`, rate, burst: spec.capacity, count },
    ])
    const { allowed, remaining, retryAfterMs } = result ?? {
      allowed: true,
      remaining: 0,
      retryAfterMs: 0,
    }
    const resetMs = Math.ceil(((spec.capacity - remaining) / rate) * 1000)
    return { allowed, quota: spec.perMinute, windowSeconds: 60, remaining, resetMs, retryAfterMs }
  }
  return {
    take: (key) => take(key, 1),
    peek: (key) => take(key, 0),
    giveBack: async (key) => {
      await take(key, -1)
    },
  }
}
