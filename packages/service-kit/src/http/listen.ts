import { LIMITS, payloadTooLarge, validationError } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { type RequestListener, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { AppError } from './app-error.js'
import { errorPart } from './envelope.js'

const REQUEST_TIMEOUT_MS = 10_000
const CHECK_INTERVAL_MS = 1000
// Longer than nginx keeps an idle connection (60 s), so that it is never us who close under its request.
const KEEP_ALIVE_MS = 75_000
const SWEEP_MS = 50
const SLACK_BYTES = 2048

/**
 * Listens with the time limits of the design: a request that has not arrived after 10 s is cut off.
 *
 * @param handler An express app, or a plain request listener.
 * @param port    0 for any free one; see `portOf`.
 * @param options `host`: all interfaces if absent. `requestTimeoutMs`: another limit, for a service that takes
 *   files; its headers still have to arrive within 10 s, and so have bodies of JSON.
 * @throws Error with the system's code (`EADDRINUSE` …) when the port cannot be had.
 */
export function listen(
  handler: RequestListener,
  port: number,
  options: { host?: string; requestTimeoutMs?: number } = {},
): Promise<Server> {
  const { host, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options
  const server = createServer(
    {
      // The URL and the headers have limits of their own, which answer in the envelope; this is the wall.
      maxHeaderSize: LIMITS.urlBytes + LIMITS.headerBytes + SLACK_BYTES,
      requestTimeout: requestTimeoutMs,
      headersTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    handler,
  )
  server.on('clientError', refuse)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

/** The port a server listens on. */
export function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (typeof address === 'object' && address) return address.port
  throw new Error('the server does not listen on a port')
}

/**
 * Stops accepting, lets running requests finish, and resolves when every connection is closed.
 *
 * @param graceMs After this time the connections that remain are cut.
 */
export function closeServer(server: Server, graceMs = 10_000): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    const sweep = setInterval(() => {
      server.closeIdleConnections()
    }, SWEEP_MS)
    const cut = setTimeout(() => {
      server.closeAllConnections()
    }, graceMs)
    server.prependListener('request', (_req, res: ServerResponse) => {
      res.shouldKeepAlive = false
    })
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** Answers what the HTTP parser refused: there is no request object to answer to. */
function refuse(err: NodeJS.ErrnoException, socket: Duplex): void {
  if (err.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal =
    err.code === 'HPE_HEADER_OVERFLOW'
      ? new AppError(payloadTooLarge)
      : new AppError(validationError, [{ path: '', message: 'this is not an HTTP request' }])
  const requestId = randomUUID()
  const body = JSON.stringify({ success: false, error: { ...errorPart(refusal), requestId } })
  const head = [
    `HTTP/1.1 ${refusal.type.status === 413 ? '413 Payload Too Large' : '400 Bad Request'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
