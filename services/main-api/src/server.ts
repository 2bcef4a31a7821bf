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
import { sendBatch } from '@sup/types'
import type { Router } from 'express'
import type { Deps } from './deps.js'
import { adminInternalRoutes, administrators } from './features/admin/routes.js'
import { adminBoardRoutes } from './features/admin-board/routes.js'
import { adminStorageRoutes } from './features/admin-storage/routes.js'
import { adminQueueRoutes } from './features/admin-queues/routes.js'
import { authInternalRoutes, authRoutes } from './features/auth/routes.js'
import { chatRoutes } from './features/chats/routes.js'
import { deviceRoutes } from './features/devices/routes.js'
import { keepAnswers } from './features/idempotency/routes.js'
import { jobInternalRoutes } from './features/jobs/routes.js'
import { mediaInternalRoutes, mediaRoutes } from './features/media/routes.js'
import { mailRoutes } from './features/mail/routes.js'
import { createBatchHandler, messageRoutes } from './features/messages/routes.js'
import { nodeInternalRoutes } from './features/nodes/routes.js'
import { notificationInternalRoutes, notificationRoutes } from './features/notifications/routes.js'
import { receiptInternalRoutes, receiptRoutes } from './features/receipts/routes.js'
import { revocationInternalRoutes } from './features/revocations/routes.js'
import { searchRoutes } from './features/search/routes.js'
import { serverRoutes } from './features/server/routes.js'
import { syncInternalRoutes, syncRoutes } from './features/sync/routes.js'
import { userInternalRoutes, userRoutes } from './features/users/routes.js'

/** Uploads are passed on while they come: 100 MiB over a slow line take minutes. */
const UPLOAD_MS = 15 * 60_000

/** What clients may call; one line per feature. */
const publicRouters = (deps: Deps): Router[] => [
  serverRoutes(deps),
  authRoutes(deps),
  deviceRoutes(deps),
  userRoutes(deps),
  chatRoutes(deps),
  messageRoutes(deps),
  receiptRoutes(deps),
  notificationRoutes(deps),
  syncRoutes(deps),
  searchRoutes(deps),
  adminQueueRoutes(deps),
  adminStorageRoutes(deps),
  adminBoardRoutes(deps),
  mailRoutes(deps),
]

/** What the other services may call besides, on the listener of their own. */
const internalRouters = (deps: Deps): Router[] => [
  authInternalRoutes(deps),
  userInternalRoutes(deps),
  nodeInternalRoutes(deps),
  receiptInternalRoutes(deps),
  notificationInternalRoutes(deps),
  syncInternalRoutes(deps),
  revocationInternalRoutes(deps),
  jobInternalRoutes(deps),
  adminInternalRoutes(deps),
  mediaInternalRoutes(deps),
]

export type Server = {
  publicPort: number
  internalPort: number
  /** Says "not ready" and goes on serving. */
  drain(): void
  /** Stops accepting and lets running requests finish. */
  stop(): Promise<void>
}

/**
 * Opens both listeners: `MAIN_API_PORT` for clients with access tokens, `MAIN_API_INTERNAL_PORT` for services
 * with the service secret, which serves `/internal/v1` and, on behalf of users, everything else too.
 *
 * @throws Error with the system's code when a port cannot be had.
 */
export async function startServer(deps: Deps): Promise<Server> {
  const { config, clock, log } = deps
  const health = healthChecks<'database' | 'redis' | 'rabbitmq'>(
    {
      database: () => checkDatabase(deps.db),
      redis: () => deps.redis.ping(),
      rabbitmq: () => deps.duties.ping(),
    },
    { readyWhen: ['database'], log, clock },
  )
  const app = (authenticate: Authenticate, routers: Router[]) =>
    createApp({
      service: 'main-api',
      log,
      metrics: deps.metrics,
      clock,
      health,
      authenticate,
      administrators: administrators(deps),
      routers,
      limiter: deps.limiter,
      idempotency: keepAnswers(deps),
      allowedOrigins: config.ALLOWED_ORIGINS,
      trustedProxies: config.TRUSTED_PROXIES,
    })
  const publicApp = app(userAuth(deps), [...publicRouters(deps), mediaRoutes(deps)])
  const internalApp = app(internalAuth({ secrets: config.SERVICE_SECRET }), [
    ...publicRouters(deps),
    ...internalRouters(deps),
  ])
  const publicServer = await listen(publicApp, config.MAIN_API_PORT, {
    requestTimeoutMs: UPLOAD_MS,
  })
  const storeBatch = createBatchHandler(deps)
  const internalServer = await listen((req, res) => {
    if (req.method === 'POST' && req.url === sendBatch.path) storeBatch(req, res)
    else internalApp(req, res)
  }, config.MAIN_API_INTERNAL_PORT)
  return {
    publicPort: portOf(publicServer),
    internalPort: portOf(internalServer),
    drain: () => {
      health.drain()
    },
    stop: async () => {
      await Promise.all([closeServer(publicServer), closeServer(internalServer)])
    },
  }
}

function userAuth({ config, clock, revokedSessions }: Deps): Authenticate {
  const options = { secrets: config.JWT_SECRET, issuer: config.JWT_ISSUER, clock }
  return bearerAuth({
    verify: (token) => verifyAccessToken(token, options),
    sessions: revokedSessions,
  })
}
