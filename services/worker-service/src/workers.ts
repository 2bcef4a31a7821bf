import { closeServer, createApp, healthChecks, listen, portOf } from '@sup/service-kit/http'
import { checkDatabase } from '@sup/service-kit/postgres'
import type { Deps } from './deps.js'
import { consumeCleanup } from './features/cleanup/consumers.js'
import { executeCleanup } from './features/cleanup/jobs.js'
import { consumeEmails } from './features/emails/consumers.js'
import { executeEmails } from './features/emails/jobs.js'
import { consumeMedia } from './features/media/consumers.js'
import { executeMedia } from './features/media/jobs.js'
import { consumePushes } from './features/push/consumers.js'
import { executePushes } from './features/push/jobs.js'

// Together with the longest wait for a confirmation (10 s) less than the 25 s in which a process must end. A
// job that is cut is executed again by another worker.
const CONSUMERS_MS = 3000
const JOBS_MS = 8000
const SERVER_MS = 1000

export type Workers = {
  /** Where health and metrics are served. */
  port: number
  /** Says "not ready" and goes on working. */
  drain(): void
  /** Takes nothing new and finishes what runs; what was only begun elsewhere is left to the brokers. */
  stop(): Promise<void>
}

/**
 * Starts every worker, one line per feature, and the listener for health and metrics.
 *
 * @throws Error with the system's code when `WORKER_HEALTH_PORT` cannot be had.
 */
export async function startWorkers(deps: Deps): Promise<Workers> {
  const health = watchHealth(deps)
  const server = await listenForHealth(deps, health)

  executeCleanup(deps)
  executeEmails(deps)
  executeMedia(deps)
  executePushes(deps)
  await Promise.all([
    consumeCleanup(deps),
    consumeEmails(deps),
    consumeMedia(deps),
    consumePushes(deps),
  ])
  deps.relay.start()
  deps.backlog.start()

  return {
    port: portOf(server),
    drain: () => {
      health.drain()
    },
    stop: async () => {
      await Promise.all([deps.relay.stop(), deps.backlog.stop()])
      await deps.duties.close(CONSUMERS_MS)
      const queues = [deps.cleanupJobs, deps.emailJobs, deps.mediaJobs, deps.notificationJobs]
      await Promise.all(queues.map((queue) => queue.close(JOBS_MS)))
      await closeServer(server, SERVER_MS)
    },
  }
}

const watchHealth = (deps: Deps) =>
  healthChecks(
    {
      database: () => checkDatabase(deps.db),
      redis: () => deps.redis.ping(),
      rabbitmq: () => deps.duties.ping(),
      storage: () => deps.blobs.ping(),
    },
    { readyWhen: ['database', 'rabbitmq'], log: deps.log, clock: deps.clock },
  )

const listenForHealth = (deps: Deps, health: ReturnType<typeof watchHealth>) =>
  listen(
    createApp({
      service: 'worker-service',
      log: deps.log,
      metrics: deps.metrics,
      clock: deps.clock,
      health,
      routers: [],
    }),
    deps.config.WORKER_HEALTH_PORT,
  )
