import { type BreakerState, CircuitBreaker, breakerGauge } from '@sup/service-kit/breaker'
import { type Clock, systemClock } from '@sup/service-kit/clock'
import { type Duties, createDuties } from '@sup/service-kit/duties'
import { databaseUrl, mediaInternalUrl, redisUrl } from '@sup/service-kit/env'
import { type InternalClient, createInternalClient } from '@sup/service-kit/http'
import { type JobQueue, createJobQueue } from '@sup/service-kit/jobs'
import { type Logger, createLogger } from '@sup/service-kit/log'
import { type Metrics, createMetrics } from '@sup/service-kit/metrics'
import { type Database, createDatabase } from '@sup/service-kit/postgres'
import { type Redis, createRedis } from '@sup/service-kit/redis'
import { type Blobs, createBlobs } from '@sup/service-kit/s3'
import { QUEUES } from '@sup/types'
import type { Config } from './config.js'
import { type SmtpLoop, createSmtpLoop } from './features/emails/smtp-loop.js'
import { type BacklogLoop, createBacklogLoop } from './features/outbox-relay/backlog-loop.js'
import { type Pace, type RelayLoop, createRelayLoop } from './features/outbox-relay/relay-loop.js'
import { type PushChannels, createPushChannels } from './features/push/push-loop.js'

const SERVICE = 'worker-service'
const DEFAULT_POOL = 10
/** Longer than main-api may take for a request (10 s): a step that it finishes counts as finished here. */
const CALL_TIMEOUT_MS = 12_000

/** Everything this service stands on. A use case asks for its part of it: `Needs<'db' | 'duties'>`. */
export type Deps = {
  config: Config
  db: Database
  /** Only watched by the health check: Bull holds connections of its own. */
  redis: Redis
  blobs: Blobs
  duties: Duties
  /** Executes what comes in on the queue `cleanup`. */
  cleanupJobs: JobQueue
  /** Executes what comes in on the queue `media-processing`. */
  mediaJobs: JobQueue
  /** Executes what comes in on the queue `notifications`. */
  notificationJobs: JobQueue
  /** The ways to push that have credentials. */
  push: PushChannels
  /** Executes what comes in on the queue `emails`. */
  emailJobs: JobQueue
  /** The way to the mail server; undefined without `SMTP_HOST`. */
  smtp: SmtpLoop | undefined
  mainApi: InternalClient
  /** The internal listener of media-service. */
  mediaService: InternalClient
  clock: Clock
  log: Logger
  metrics: Metrics
  relay: RelayLoop
  backlog: BacklogLoop
}

/** What one use case may touch. Read its signature to know its reach. */
export type Needs<K extends keyof Deps> = Pick<Deps, K>

/** What a test may put in the place of the real thing. */
export type Outside = Partial<Pick<Deps, 'clock' | 'log' | 'duties'>> & {
  pace?: Partial<Pace>
  /** Where FCM is. */
  fcmUrl?: string
}

/**
 * Constructs everything. Connections are opened in the background and opened again whenever they break;
 * nothing works yet.
 */
export function createDeps(config: Config, outside: Outside = {}): Deps {
  const clock = outside.clock ?? systemClock
  const log = outside.log ?? createLogger({ service: SERVICE, level: config.LOG_LEVEL })
  const metrics = createMetrics({ service: SERVICE })
  const db = createDatabase({
    url: databaseUrl(config),
    poolMin: config.DB_POOL_MIN,
    poolMax: config.DB_POOL_MAX ?? DEFAULT_POOL,
    applicationName: SERVICE,
    log,
    metrics,
  })
  const redis = createRedis({
    url: redisUrl(config),
    cluster: config.REDIS_CLUSTER_NODES,
    log,
    metrics,
    name: SERVICE,
  })
  const queue = (name: string): JobQueue =>
    createJobQueue({ name, redisUrl: redisUrl(config), log, metrics })
  const call = internalClients(config, { clock, log, metrics })
  const duties = outside.duties ?? createDuties({ url: config.RABBITMQ_URL, log, metrics, clock })
  return {
    config,
    db,
    redis,
    blobs: createBlobs(config),
    duties,
    cleanupJobs: queue(QUEUES.CLEANUP),
    mediaJobs: queue(QUEUES.MEDIA_PROCESSING),
    notificationJobs: queue(QUEUES.NOTIFICATIONS),
    emailJobs: queue(QUEUES.EMAILS),
    smtp: connectSmtp(config, { clock, metrics }),
    push: createPushChannels({ config, clock, log, metrics }, outside.fcmUrl),
    mainApi: call('main-api', config.MAIN_API_INTERNAL_URL),
    mediaService: call('media-service', mediaInternalUrl(config.MEDIA_SERVICE_URL)),
    clock,
    log,
    metrics,
    relay: createRelayLoop({ db, duties, log, metrics }, outside.pace),
    backlog: createBacklogLoop({ db, log, metrics }),
  }
}

/** Makes clients of other services, each with a breaker of its own. */
function internalClients(
  config: Config,
  { clock, log, metrics }: Needs<'clock' | 'log' | 'metrics'>,
): (dependency: string, baseUrl: string) => InternalClient {
  return (dependency, baseUrl) => {
    const breaker = new CircuitBreaker({ clock, onState: showState(metrics, dependency) })
    return createInternalClient({
      baseUrl,
      secret: config.SERVICE_SECRET[0] ?? '',
      caller: SERVICE,
      timeoutMs: CALL_TIMEOUT_MS,
      breaker,
      clock,
      log,
    })
  }
}

function connectSmtp(
  config: Config,
  { clock, metrics }: Needs<'clock' | 'metrics'>,
): SmtpLoop | undefined {
  const { SMTP_HOST: host } = config
  if (host === undefined) return undefined
  return createSmtpLoop({ config, host, clock, onState: showState(metrics, 'smtp') })
}

/** Shows a breaker among the metrics, closed at first. */
function showState(metrics: Metrics, dependency: string): (state: BreakerState) => void {
  const gauge = metrics.gauge('sup_breaker_state', '0 closed, 1 half-open, 2 open', ['dependency'])
  const show = (state: BreakerState): void => {
    gauge.set({ dependency }, breakerGauge[state])
  }
  show('closed')
  return show
}

/** Closes the connections; called when nothing uses them any more. */
export async function closeDeps(deps: Deps): Promise<void> {
  const { db, redis, blobs, mainApi, mediaService, push, smtp } = deps
  smtp?.stop()
  blobs.close()
  const clients = [mainApi, mediaService, push]
  await Promise.all([db.close(), redis.close(), ...clients.map((client) => client.close())])
}
