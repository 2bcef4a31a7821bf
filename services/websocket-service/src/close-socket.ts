import type { CloseCode } from '@sup/types'
import { terminate } from './engine.js'
import type { Conn, Socket } from './io.js'
import type { SocketMetrics } from './socket-metrics.js'

const LINGER_MS = 2000

type Manner = { message: string; reconnect: boolean }

/** What is said, and whether a standard client comes back by itself (wire-contract 6.4). */
const MANNERS: Readonly<Record<CloseCode, Manner>> = {
  UNAUTHORIZED: { message: 'No token came in time', reconnect: false },
  SESSION_REVOKED: { message: 'The session has ended: log in', reconnect: false },
  TOKEN_EXPIRED: { message: 'The token has ended: refresh it and connect', reconnect: false },
  IDENTITY_MISMATCH: { message: 'The token is of somebody else', reconnect: false },
  ACCOUNT_DISABLED: { message: 'The account was suspended', reconnect: false },
  TOO_MANY_CONNECTIONS: { message: 'A newer connection took the place', reconnect: false },
  DRAIN: { message: 'The node shuts down: reconnect', reconnect: true },
  SLOW_CONSUMER: { message: 'The client reads too slowly: reconnect and sync', reconnect: true },
  RATE_LIMITED: { message: 'Too many events: reconnect later', reconnect: true },
  PAYLOAD_TOO_LARGE: { message: 'A payload was too large', reconnect: true },
}

const closing = new WeakSet<Socket>()

/** It was told that it is being closed: nothing it sends counts any more. */
export const isClosing = (socket: Socket): boolean => closing.has(socket)

/**
 * Tells a client why, and closes its connection.
 *
 * Without `reconnect` only the namespace connection ends, after which a standard client stays away; its
 * transport is closed soon after, so that nobody holds one for nothing. With it the transport is closed,
 * after which a standard client comes back.
 */
export function closeSocket(socket: Socket, code: CloseCode, metrics: SocketMetrics): void {
  if (!socket.connected || closing.has(socket)) return
  closing.add(socket)
  const { conn } = socket
  const { message, reconnect } = MANNERS[code]
  metrics.closes.inc({ code })
  socket.emit('closing', { code, message, reconnect })
  if (code === 'SLOW_CONSUMER') {
    terminate(conn)
  } else if (reconnect) {
    conn.close()
  } else {
    socket.disconnect()
    closeWhenUnused(conn)
  }
}

const sockets = new WeakMap<Conn, number>()

/** Counts a namespace connection; a transport without one is closed after a moment. */
export function countSocket(conn: Conn, change: 1 | -1): void {
  const count = (sockets.get(conn) ?? 0) + change
  sockets.set(conn, count)
  if (count === 0) closeWhenUnused(conn)
}

function closeWhenUnused(conn: Conn): void {
  setTimeout(() => {
    if ((sockets.get(conn) ?? 0) === 0) conn.close()
  }, LINGER_MS).unref()
}
