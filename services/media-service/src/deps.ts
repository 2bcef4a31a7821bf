import { type Clock, systemClock } from '@sup/service-kit/clock'
import { databaseUrl, redisUrl } from '@sup/service-kit/env'
import { type Logger, createLogger } from '@sup/service-kit/log'
import { type Metrics, createMetrics } from '@sup/service-kit/metrics'
import { type Database, createDatabase } from '@sup/service-kit/postgres'
import { type Redis, createRedis } from '@sup/service-kit/redis'
import { type Blobs, createBlobs } from '@sup/service-kit/s3'
import type { Config } from './config.js'

const DEFAULT_POOL = 10

/** Everything this service stands on. A use case asks for its part of it: `Needs<'db' | 'blobs'>`. */
export type Deps = {
  config: Config
  db: Database
  redis: Redis
  blobs: Blobs
  clock: Clock
  log: Logger
  metrics: Metrics
}

/** What one use case may touch. Read its signature to know its reach. */
export type Needs<K extends keyof Deps> = Pick<Deps, K>

/**
 * Constructs everything; nothing is connected or started yet.
 *
 * @param outside The clock and the logger of a test.
 */
export function createDeps(config: Config, outside: { clock?: Clock; log?: Logger } = {}): Deps {
  const clock = outside.clock ?? systemClock
  const log = outside.log ?? createLogger({ service: 'media-service', level: config.LOG_LEVEL })
  const metrics = createMetrics({ service: 'media-service' })
  return {
    config,
    db: createDatabase({
      url: databaseUrl(config),
      poolMin: config.DB_POOL_MIN,
      poolMax: config.DB_POOL_MAX ?? DEFAULT_POOL,
      applicationName: 'media-service',
      log,
      metrics,
    }),
    redis: createRedis({
      url: redisUrl(config),
      cluster: config.REDIS_CLUSTER_NODES,
      log,
      metrics,
      name: 'media-service',
    }),
    blobs: createBlobs(config),
    clock,
    log,
    metrics,
  }
}

/** Closes what `createDeps` opened; called when nothing uses it any more. */
export async function closeDeps({ db, redis, blobs }: Deps): Promise<void> {
  blobs.close()
  await Promise.all([db.close(), redis.close()])
}
