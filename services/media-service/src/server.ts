import { mediaInternalPort } from '@sup/service-kit/env'
import {
  type Authenticate,
  bearerAuth,
  closeServer,
  createApp,
  healthChecks,
  internalAuth,
  listen,
  portOf,
  verifyAccessToken,
} from '@sup/service-kit/http'
import { checkDatabase } from '@sup/service-kit/postgres'
import { polledSessions } from '@sup/service-kit/sessions'
import type { Router } from 'express'
import type { Deps } from './deps.js'
import { downloadRoutes } from './features/downloads/routes.js'
import { fileRoutes } from './features/files/routes.js'
import { quotaRoutes } from './features/quotas/routes.js'
import { sweepInternalRoutes } from './features/sweeps/routes.js'
import { uploadRoutes } from './features/uploads/routes.js'

/** What clients may call; one line per feature. */
const publicRouters = (deps: Deps): Router[] => [
  uploadRoutes(deps),
  downloadRoutes(deps),
  fileRoutes(deps),
  quotaRoutes(deps),
]

/** What the other services may call, on the listener of their own. */
const internalRouters = (deps: Deps): Router[] => [sweepInternalRoutes(deps)]

/** The longest that a body may take; one that stands still ends earlier. */
const UPLOAD_TIMEOUT_MS = 3_600_000
/** A complete upload is read once: 100 MiB take a second or two, more is allowed by configuration. */
const REQUEST_TIMEOUT_MS = 55_000

export type Server = {
  port: number
  internalPort: number
  /** Says "not ready" and goes on serving. */
  drain(): void
  /** Stops accepting and lets running requests finish. */
  stop(): Promise<void>
}

/**
 * Opens both listeners: `MEDIA_PORT` for clients with access tokens, and ten above it the one for services
 * with the service secret.
 *
 * @throws Error with the system's code when a port cannot be had.
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
  const app = (authenticate: Authenticate, routers: Router[]) =>
    createApp({
      service: 'media-service',
      log,
      metrics,
      clock,
      health,
      authenticate,
      routers,
      limiter: deps.limiter,
      allowedOrigins: config.ALLOWED_ORIGINS,
      trustedProxies: config.TRUSTED_PROXIES,
      maxUploadBytes: config.MEDIA_MAX_BYTES,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    })
  const server = await listen(app(userAuth(deps), publicRouters(deps)), config.MEDIA_PORT, {
    requestTimeoutMs: UPLOAD_TIMEOUT_MS,
  })
  const internalServer = await listen(
    app(internalAuth({ secrets: config.SERVICE_SECRET }), internalRouters(deps)),
    mediaInternalPort(config.MEDIA_PORT),
  )
  return {
    port: portOf(server),
    internalPort: portOf(internalServer),
    drain: () => {
      health.drain()
    },
    stop: async () => {
      await Promise.all([closeServer(server), closeServer(internalServer)])
    },
  }
}

function userAuth({ config, clock, revocations }: Deps): Authenticate {
  const options = { secrets: config.JWT_SECRET, issuer: config.JWT_ISSUER, clock }
  return bearerAuth({
    verify: (token) => verifyAccessToken(token, options),
    sessions: polledSessions(revocations, { lifeSeconds: config.JWT_EXPIRES_IN }),
  })
}
