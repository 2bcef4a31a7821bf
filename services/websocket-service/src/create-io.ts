import { createAdapter } from '@socket.io/redis-adapter'
import type { Logger } from '@sup/service-kit/log'
import type { Redis } from '@sup/service-kit/redis'
import { LIMITS } from '@sup/types'
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { Server } from 'socket.io'
import { guardAdapterRedis } from './adapter-redis.js'
import { closeSocket } from './close-socket.js'
import { corkWrites } from './engine.js'
import type { Conn, Io } from './io.js'
import type { SocketMetrics } from './socket-metrics.js'

export type AttachNeeds = { allowedOrigins: readonly string[]; metrics: SocketMetrics }

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
    // CORS does not keep a foreign page from opening a WebSocket; see `refuseForeign` for those.
    allowRequest: (req, decide) => {
      const isAllowed = isFromHere(req, allowedOrigins)
      decide(isAllowed ? null : 'origin is not allowed', isAllowed)
    },
    perMessageDeflate: false,
    httpCompression: false,
    // Twice the limit: what is a little over it is told why (`closeOversized`), the rest is cut off.
    maxHttpBufferSize: 2 * LIMITS.socketPayloadBytes,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    connectTimeout: 10_000,
    adapter: createAdapter(pubClient, subClient),
  })
}

const isFromHere = (
  { headers: { origin } }: IncomingMessage,
  allowed: readonly string[],
): boolean => origin === undefined || allowed.includes('*') || allowed.includes(origin)

/** Engine.IO would answer the upgrade of a foreign page with 400. */
function refuseForeign(allowed: readonly string[]): (req: IncomingMessage, socket: Duplex) => void {
  return (req, socket) => {
    if (isFromHere(req, allowed)) return
    req.url = '/refused'
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  }
}

/** Serves sockets on an HTTP server, at `/socket.io/` and, the same, at `/ws/`. */
export function attachIo(io: Io, server: HttpServer, needs: AttachNeeds): void {
  io.attach(server)
  const toOnePath = (req: IncomingMessage): void => {
    req.url = req.url?.replace(SERVED, PATH)
  }
  server.prependListener('request', toOnePath)
  server.prependListener('upgrade', toOnePath)
  server.prependListener('upgrade', refuseForeign(needs.allowedOrigins))
  io.engine.on('connection', (conn: Conn) => {
    closeOversized(io, conn, needs.metrics)
    corkWrites(conn.transport)
    // A connection that begins by polling gets another transport later.
    conn.on('upgrade', corkWrites)
  })
}

/** Says PAYLOAD_TOO_LARGE and closes; the payload itself is dropped, because its socket is closing. */
function closeOversized(io: Io, conn: Conn, metrics: SocketMetrics): void {
  conn.prependListener('data', (data: unknown) => {
    if (sizeOf(data) <= LIMITS.socketPayloadBytes) return
    for (const socket of io.of('/').sockets.values()) {
      if (socket.conn === conn) closeSocket(socket, 'PAYLOAD_TOO_LARGE', metrics)
    }
    // A connection without a namespace has nobody to tell.
    conn.close()
  })
}

function sizeOf(data: unknown): number {
  if (typeof data !== 'string') return Buffer.isBuffer(data) ? data.length : 0
  // No text has fewer bytes than UTF-16 units, so most need not be counted.
  return 3 * data.length <= LIMITS.socketPayloadBytes ? data.length : Buffer.byteLength(data)
}
