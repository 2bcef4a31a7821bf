import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Clock, systemClock } from '../clock/index.js'
import type { BucketResult, BucketTake } from './bucket.js'
import { localBuckets } from './local-buckets.js'
import type { Redis } from './redis.js'

// From the package's root, so that it is found from `src` and from `dist`.
const SCRIPT = readFileSync(
  new URL('../../src/redis/lua/token-buckets.lua', import.meta.url),
  'utf8',
)
const SHA = createHash('sha1').update(SCRIPT).digest('hex')

export type TokenBuckets = {
  /**
   * Takes from many buckets in one round trip. Never rejects: while Redis is away this process counts by
   * itself, with the same numbers.
   *
   * @returns One result per bucket, in the same order.
   */
  take: (buckets: readonly BucketTake[]) => Promise<BucketResult[]>
}

/** Token buckets that all nodes share, for the hot path. */
export function tokenBuckets(
  redis: Pick<Redis, 'command' | 'isCluster'>,
  { clock = systemClock }: { clock?: Clock } = {},
): TokenBuckets {
  const local = localBuckets(clock)
  const run = async (buckets: readonly BucketTake[]): Promise<BucketResult[]> => {
    const keys = buckets.map(({ key }) => key)
    const numbers = buckets.flatMap(({ rate, burst, count }) => [rate, burst, count])
    const reply = await redis.command
      .evalsha(SHA, keys.length, ...keys, ...numbers)
      .catch((err: unknown) => {
        if (!isUnknownScript(err)) throw err
        return redis.command.eval(SCRIPT, keys.length, ...keys, ...numbers)
      })
    return readReply(reply, buckets.length)
  }
  const takeShared = async (buckets: readonly BucketTake[]): Promise<BucketResult[]> => {
    if (!redis.isCluster) return run(buckets)
    // Keys of one call must lie on one node there.
    const results = await Promise.all(buckets.map((bucket) => run([bucket])))
    return results.flat()
  }
  return {
    async take(buckets) {
      if (buckets.length === 0) return []
      // Waiting for the time limit of each command would make a dead Redis slower than a slow one.
      if (redis.command.status !== 'ready') return local.take(buckets)
      return takeShared(buckets).catch(() => local.take(buckets))
    },
  }
}

const isUnknownScript = (err: unknown): boolean =>
  err instanceof Error && err.message.startsWith('NOSCRIPT')

/** @throws TypeError when the reply is not the script's. */
function readReply(reply: unknown, length: number): BucketResult[] {
  if (!Array.isArray(reply) || reply.length !== length * 3) throw new TypeError('unexpected reply')
  return Array.from({ length }, (_unused, i) => ({
    allowed: Number(reply[i * 3]) === 1,
    remaining: Number(reply[i * 3 + 1]),
    retryAfterMs: Number(reply[i * 3 + 2]),
  }))
}
