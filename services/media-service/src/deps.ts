import { type Clock, systemClock } from '@sup/service-kit/clock'
import { databaseUrl, redisUrl } from '@sup/service-kit/env'
import { type Hints, createHints } from '@sup/service-kit/hints'
import { type InternalClient, createInternalClient } from '@sup/service-kit/http'
import { type Logger, createLogger } from '@sup/service-kit/log'
import { type Metrics, createMetrics } from '@sup/service-kit/metrics'
import { type Database, createDatabase } from '@sup/service-kit/postgres'
import {
  type Redis,
  type RestLimiter,
  createLimiter,
  createRedis,
  rateClasses,
} from '@sup/service-kit/redis'
import { type Blobs, createBlobs } from '@sup/service-kit/s3'
import { RevocationLoop } from '@sup/service-kit/sessions'
import type { Config } from './config.js'
import { type MediaMetrics, createMediaMetrics } from './media-metrics.js'

const DEFAULT_POOL = 10
const MAIN_API_TIMEOUT_MS = 3000

/** Everything this service stands on. A use case asks for its part of it: `Needs<'db' | 'blobs'>`. */
export type Deps = {
  config: Config
  db: Database
  redis: Redis
  hints: Hints
  mainApi: InternalClient
  limiter: RestLimiter
  /** Which sessions have ended. */
  revocations: RevocationLoop
  blobs: Blobs
  clock: Clock
  log: Logger
  metrics: Metrics
  mediaMetrics: MediaMetrics
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
  const redis = createRedis({
    url: redisUrl(config),
    cluster: config.REDIS_CLUSTER_NODES,
    log,
    metrics,
    name: 'media-service',
  })
  const hints = createHints({ redis, log })
  const mainApi = createInternalClient({
    baseUrl: config.MAIN_API_INTERNAL_URL,
    secret: config.SERVICE_SECRET[0] ?? '',
    caller: 'media-service',
    timeoutMs: MAIN_API_TIMEOUT_MS,
    log,
  })
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
    redis,
    hints,
    mainApi,
    limiter: createLimiter({ redis, clock, classes: rateClasses(config) }),
    revocations: new RevocationLoop({ mainApi, hints, clock, log }),
    blobs: createBlobs(config),
    clock,
    log,
    metrics,
    mediaMetrics: createMediaMetrics(metrics),
  }
}

/** Starts what runs by itself. */
export function startDeps({ revocations }: Deps): void {
  revocations.start()
}

/** Ends what was started and closes what was opened; called when nothing uses it any more. */
export async function closeDeps({ db, redis, blobs, mainApi, revocations }: Deps): Promise<void> {
  revocations.stop()
  blobs.close()
  await Promise.all([mainApi.close(), db.close(), redis.close()])
}
