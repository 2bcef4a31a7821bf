import {
  closeServer,
  createApp,
  healthChecks,
  listen,
  portOf,
  type Health,
} from '@sup/service-kit/http'
import { readHeads } from '@sup/types'
import { closeHere } from './close-anywhere.js'
import { countSocket } from './close-socket.js'
import { attachIo } from './create-io.js'
import type { Deps } from './deps.js'
import { drainSockets } from './drain-sockets.js'
import { messageRoutes } from './features/messages/sockets.js'
import { presenceRoutes } from './features/presence/sockets.js'
import { receiptRoutes } from './features/receipts/sockets.js'
import { mountSessions, sessionRoutes } from './features/sessions/sockets.js'
import { syncRoutes } from './features/sync/sockets.js'
import { typingRoutes } from './features/typing/sockets.js'
import { createRouter } from './router.js'

/** How long what is on its way to main-api may take when the service stops. */
const FLUSH_MS = 4000

/** What clients may send; one line per feature. */
const everyRoute = (deps: Deps) => [
  ...sessionRoutes(deps),
  ...messageRoutes(deps),
  ...receiptRoutes(deps),
  ...typingRoutes(deps),
  ...presenceRoutes(deps),
  ...syncRoutes(deps),
]

export type Sockets = {
  port: number
  /** Says "not ready", lets nobody new in, and goes on serving. */
  drain(): void
  /** Sends every client away, finishes what is on its way, closes. */
  stop(): Promise<void>
}

/**
 * Opens the listener: Socket.IO, health and metrics on `WEBSOCKET_PORT`.
 *
 * @throws Error with the system's code when the port cannot be had.
 */
export async function startSockets(deps: Deps): Promise<Sockets> {
  const { config, log, clock, registry, io } = deps
  const health = createHealth(deps)
  const app = createApp({
    service: 'websocket-service',
    log,
    metrics: registry,
    clock,
    health,
    routers: [],
    allowedOrigins: config.ALLOWED_ORIGINS,
    trustedProxies: config.TRUSTED_PROXIES,
  })
  const route = createRouter({ ...deps, routes: everyRoute(deps), limit: deps.eventLimit })
  io.on('connection', (socket) => {
    countSocket(socket.conn, 1)
    socket.once('disconnect', () => {
      countSocket(socket.conn, -1)
    })
    route(socket)
  })
  // After the above: a connection that is refused at once has to be counted, too.
  mountSessions(deps)
  io.on('close-socket', (order) => {
    closeHere(deps, order)
  })
  const server = await listen(app, config.WEBSOCKET_PORT)
  attachIo(io, server, { allowedOrigins: deps.config.ALLOWED_ORIGINS, metrics: deps.metrics })
  return {
    port: portOf(server),
    drain: () => {
      deps.node.isDraining = true
      health.drain()
    },
    async stop() {
      const closed = closeServer(server)
      await drainSockets(deps)
      await Promise.race([flush(deps), later(FLUSH_MS)])
      io.engine.close()
      await closed
    },
  }
}

function createHealth({ redis, mainApi, log, clock }: Deps): Health {
  return healthChecks(
    {
      redis: () => redis.ping(),
      mainApi: async () => {
        await mainApi.callInternal(readHeads, { body: { chatIds: [] } })
      },
    },
    { readyWhen: ['mainApi'], log, clock },
  )
}

async function flush({ sends, receipts }: Deps): Promise<void> {
  await Promise.all([sends.idle(), receipts.idle()])
}

const later = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
