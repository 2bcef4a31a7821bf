import { tokenBuckets } from '@sup/service-kit/redis'
import type { Needs } from '../../deps.js'

export type MessageRates = {
  /** Counts one send for each of these accounts, in one call; answers in the same order. */
  take: (userIds: readonly string[]) => Promise<{ allowed: boolean; retryAfterMs: number }[]>
}

/** Class `message` of wire-contract 15.1: M a minute for an account, with a burst of M/5. */
export function createMessageRates({ config, redis }: Needs<'config' | 'redis'>): MessageRates {
  const buckets = tokenBuckets(redis)
  const perMinute = config.RATE_LIMIT_MESSAGES_PER_MINUTE
  const bucket = { rate: perMinute / 60, burst: Math.ceil(perMinute / 5), count: 1 }
  return {
    take: (userIds) =>
      buckets.take(userIds.map((userId) => ({ key: `rl:message:${userId}`, ...bucket }))),
  }
}
