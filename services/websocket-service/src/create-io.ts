import { createAdapter } from '@socket.io/redis-adapter'
import type { Logger } from '@sup/service-kit/log'
import type { Redis } from '@sup/service-kit/redis'
import { LIMITS } from '@sup/types'
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'
import { guardAdapterRedis } from './adapter-redis.js'
import { corkWrites } from './engine.js'
import type { Conn, Io } from './io.js'

const PATH = '/socket.io/'
/** Both paths, with or without the slash, with or without a query. */
const SERVED = /^\/(?:ws|socket\.io)\/?(?=$|\?)/

/**
 * Makes the Socket.IO server; it serves nothing before `attachIo`.
 *
 * Connection state recovery stays off: it would let a socket back into its rooms without the handshake.
 */
export function createIo(options: {
  allowedOrigins: readonly string[]
  /** Connections for the adapter alone. */
  redis: Redis
  log: Logger
}): Io {
  const { allowedOrigins, redis, log } = options
  const isAny = allowedOrigins.includes('*')
  const { pubClient, subClient } = guardAdapterRedis(redis, log)
  return new Server({
    path: PATH,
    serveClient: false,
    transports: ['polling', 'websocket'],
    cors: isAny ? { origin: '*' } : { origin: [...allowedOrigins], credentials: true },
    // CORS does not keep a foreign page from opening a WebSocket.
    allowRequest: ({ headers: { origin } }, decide) => {
      const isAllowed = origin === undefined || isAny || allowedOrigins.includes(origin)
      decide(isAllowed ? null : 'origin is not allowed', isAllowed)
    },
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: LIMITS.socketPayloadBytes,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    connectTimeout: 10_000,
    adapter: createAdapter(pubClient, subClient),
  })
}

/** Serves sockets on an HTTP server, at `/socket.io/` and, the same, at `/ws/`. */
export function attachIo(io: Io, server: HttpServer): void {
  io.attach(server)
  const toOnePath = (req: IncomingMessage): void => {
    req.url = req.url?.replace(SERVED, PATH)
  }
  server.prependListener('request', toOnePath)
  server.prependListener('upgrade', toOnePath)
  io.engine.on('connection', (conn: Conn) => {
    corkWrites(conn.transport)
    // A connection that begins by polling gets another transport later.
    conn.on('upgrade', corkWrites)
  })
}
