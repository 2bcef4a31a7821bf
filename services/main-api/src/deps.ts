import { CircuitBreaker, breakerGauge } from '@sup/service-kit/breaker'
import { type Clock, systemClock } from '@sup/service-kit/clock'
import { type Duties, createDuties } from '@sup/service-kit/duties'
import {
  type Forwarder,
  type InternalClient,
  createForwarder,
  createInternalClient,
  isFaultOfClient,
} from '@sup/service-kit/http'
import { databaseUrl, mediaInternalUrl, redisUrl } from '@sup/service-kit/env'
import { type Hints, createHints } from '@sup/service-kit/hints'
import { type JobDesk, createJobDesk } from '@sup/service-kit/jobs'
import { type Logger, createLogger } from '@sup/service-kit/log'
import { type Counter, type Metrics, createMetrics } from '@sup/service-kit/metrics'
import { type Database, createDatabase, hotPath } from '@sup/service-kit/postgres'
import {
  type Redis,
  type RestLimiter,
  createLimiter,
  createRedis,
  rateClasses,
} from '@sup/service-kit/redis'
import type { Config } from './config.js'
import { type HashingLoop, createHashingLoop } from './features/auth/hashing-loop.js'
import { type SendLoop, createSendLoop } from './features/messages/send-loop.js'
import {
  type RevokedSessionsLoop,
  createRevokedSessionsLoop,
} from './features/revocations/revoked-sessions-loop.js'

const DEFAULT_POOL = 30
/** Batches of sends in flight: more than the database has cores gains nothing. */
const SEND_LANES = 2

type Measures = Metrics & {
  messages: Counter<'mode' | 'dialect' | 'result'>
  syncPages: Counter<'reset'>
}

/** Everything this service stands on. A use case asks for its part of it: `Needs<'db' | 'clock'>`. */
export type Deps = {
  config: Config
  db: Database
  redis: Redis
  hints: Hints
  /** For the health check and for administrators: duties leave through the outbox. */
  duties: Duties
  /** The jobs of the workers, for administrators. */
  jobDesk: JobDesk
  limiter: RestLimiter
  clock: Clock
  log: Logger
  metrics: Measures
  /** Passes requests for files on to media-service. */
  media: Forwarder
  /** The internal listener of media-service. */
  mediaService: InternalClient
  /** Stores messages, many in one transaction. */
  sends: SendLoop
  /** bcrypt off the event loop, bounded. */
  hashing: HashingLoop
  /** Which access tokens belong to sessions that have ended. */
  revokedSessions: RevokedSessionsLoop
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
  const log = outside.log ?? createLogger({ service: 'main-api', level: config.LOG_LEVEL })
  const metrics = createMeasures()
  const db = createDatabase({
    url: databaseUrl(config),
    poolMin: config.DB_POOL_MIN,
    poolMax: config.DB_POOL_MAX ?? DEFAULT_POOL,
    applicationName: 'main-api',
    log,
    metrics,
  })
  const redis = createRedis({
    url: redisUrl(config),
    cluster: config.REDIS_CLUSTER_NODES,
    log,
    metrics,
  })
  const hints = createHints({ redis, log })
  return {
    config,
    db,
    redis,
    hints,
    duties: createDuties({ url: config.RABBITMQ_URL, log, metrics, clock }),
    jobDesk: createJobDesk({ redisUrl: redisUrl(config), log }),
    limiter: createLimiter({ redis, clock, classes: rateClasses(config) }),
    clock,
    log,
    metrics,
    media: createMediaForwarder({ config, clock, log, metrics }),
    mediaService: connectMediaService({ config, clock, log }),
    sends: createSendLoop({ config, db: hotPath(db), hints, log, metrics }, SEND_LANES),
    hashing: createHashingLoop({ config, metrics }),
    revokedSessions: createRevokedSessionsLoop({ config, db, hints, clock, log }),
  }
}

/** The listing of a large bucket takes its time. */
const STORAGE_TIMEOUT_MS = 55_000

const connectMediaService = ({
  config,
  clock,
  log,
}: Pick<Deps, 'config' | 'clock' | 'log'>): InternalClient =>
  createInternalClient({
    baseUrl: mediaInternalUrl(config.MEDIA_SERVICE_URL),
    secret: config.SERVICE_SECRET[0] ?? '',
    caller: 'main-api',
    timeoutMs: STORAGE_TIMEOUT_MS,
    clock,
    log,
  })

/** Uploads and downloads for clients that know one address only (seed 000); logged in its words. */
function createMediaForwarder({
  config,
  clock,
  log,
  metrics,
}: Pick<Deps, 'config' | 'clock' | 'log' | 'metrics'>): Forwarder {
  const state = metrics.gauge('sup_breaker_state', '0 closed, 1 half-open, 2 open', ['dependency'])
  return createForwarder({
    baseUrl: config.MEDIA_SERVICE_URL,
    log,
    breaker: new CircuitBreaker({
      clock,
      isNeutral: isFaultOfClient,
      onState: (to) => {
        state.set({ dependency: 'media-service' }, breakerGauge[to])
      },
    }),
    sayings: {
      failedUpload: 'Failed to upload file',
      failed: 'Media service error',
      unreachable: 'Media service unavailable',
    },
  })
}

function createMeasures(): Measures {
  const metrics = createMetrics({ service: 'main-api' })
  return {
    ...metrics,
    messages: metrics.counter('sup_messages_total', 'Sends of messages by their outcome', [
      'mode',
      'dialect',
      'result',
    ]),
    syncPages: metrics.counter('sup_sync_pages_total', 'Pages of sync', ['reset']),
  }
}

/**
 * Starts what runs by itself.
 *
 * @returns Stops it again and closes every connection; call it when no request is running any more.
 */
export async function startDeps(deps: Deps): Promise<() => Promise<void>> {
  await deps.revokedSessions.start()
  return async () => {
    await deps.sends.stop()
    await deps.revokedSessions.stop()
    await Promise.all([
      deps.db.close(),
      deps.redis.close(),
      deps.duties.close(),
      deps.jobDesk.close(),
      deps.media.close(),
      deps.mediaService.close(),
    ])
  }
}
