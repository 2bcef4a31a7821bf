import { closeServer, createApp, healthChecks, listen, portOf } from '@sup/service-kit/http'
import { checkDatabase } from '@sup/service-kit/postgres'
import type { Router } from 'express'
import type { Deps } from './deps.js'

/** What clients may call; one line per feature. */
const routers = (): Router[] => []

export type Server = {
  port: number
  /** Says "not ready" and goes on serving. */
  drain(): void
  /** Stops accepting and lets running requests finish. */
  stop(): Promise<void>
}

/**
 * Opens the listener on `MEDIA_PORT`.
 *
 * @throws Error with the system's code when the port cannot be had.
 */
export async function startServer(deps: Deps): Promise<Server> {
  const { config, clock, log, metrics } = deps
  const health = healthChecks(
    {
      database: () => checkDatabase(deps.db),
      redis: () => deps.redis.ping(),
      storage: () => deps.blobs.ping(),
    },
    { readyWhen: ['database', 'storage'], log, clock },
  )
  const app = createApp({
    service: 'media-service',
    log,
    metrics,
    clock,
    health,
    routers: routers(),
    allowedOrigins: config.ALLOWED_ORIGINS,
    trustedProxies: config.TRUSTED_PROXIES,
  })
  const server = await listen(app, config.MEDIA_PORT)
  return {
    port: portOf(server),
    drain: () => {
      health.drain()
    },
    stop: () => closeServer(server),
  }
}
