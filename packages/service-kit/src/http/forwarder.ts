import { serviceUnavailable, validationError } from '@sup/types'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Dispatcher, Pool } from 'undici'
import { type CircuitBreaker, BreakerOpenError } from '../breaker/index.js'
import type { Logger } from '../log/index.js'
import { AppError, isAppError } from './app-error.js'
import { requestIdOf } from './contexts.js'
import { forwardedHeaders, returnedHeaders } from './forwarded-headers.js'
import { ClientGoneError } from './read-body.js'

const CONNECTIONS = 128
const CONNECT_MS = 1000
const IDLE_MS = 30_000

export type ForwarderOptions = {
  /** `http://media-service:3003`. */
  baseUrl: string
  /** Give it `isFaultOfClient` as `isNeutral`. */
  breaker: CircuitBreaker
  log: Logger
  /** Longest time in which neither side sends a byte, in milliseconds; 30 s if absent. */
  idleMs?: number
  /** What is logged, and told to developers, for each way of failing. */
  sayings: {
    /** The other service answered with 5xx; the request had a body, or it had none. */
    failedUpload: string
    failed: string
    /** It cannot be reached, is late, or the breaker is open. */
    unreachable: string
  }
}

export type Forwarder = {
  /**
   * Passes a request on and its answer back, as streams: neither is held in memory, and whoever is slow slows
   * down the other side. The answer comes as the other service gave it, but a failure of that service
   * (5xx) comes as 503. A client that goes away ends the forwarded request too.
   *
   * @throws AppError `SERVICE_UNAVAILABLE`, when nothing was answered yet; ClientGoneError.
   */
  forward: (req: IncomingMessage, res: ServerResponse) => Promise<void>
  close: () => Promise<void>
}

/** Makes a forwarder with a pool of connections that stay open. */
export function createForwarder(options: ForwarderOptions): Forwarder {
  const { baseUrl, breaker, idleMs = IDLE_MS } = options
  const pool = new Pool(new URL(baseUrl).origin, {
    connections: CONNECTIONS,
    keepAliveTimeout: 60_000,
    connect: { timeout: CONNECT_MS },
    // Silence is watched over both directions together: an upload may take long before its answer begins.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    async forward(req, res) {
      const body = hasBody(req) ? new PassThrough() : null
      const watch = watchSilence(idleMs, () => silenceOf(req, body, idleMs))
      res.once('close', watch.end)
      if (body) feed(body, req, watch)
      try {
        const answer = await breaker.call(() => ask(pool, req, { body, watch }))
        res.writeHead(answer.statusCode, returnedHeaders(answer.headers))
        answer.body.on('data', watch.moved)
        await pipeline(answer.body, res, { signal: watch.signal })
      } catch (err) {
        throw failureOf(options, req, err)
      } finally {
        watch.end()
      }
    },
    close: () => pool.close(),
  }
}

/** Says nothing about the service behind: the client went away, or stopped sending. */
export const isFaultOfClient = (err: unknown): boolean =>
  err instanceof ClientGoneError || isAppError(err, validationError)

/** The other service answered that it cannot. */
class FailedAnswerError extends Error {
  override name = 'FailedAnswerError'

  constructor(readonly status: number) {
    super(`answered ${String(status)}`)
  }
}

/** Resolves with an answer that is the client's business: of a failure only the status is kept. */
async function ask(
  pool: Pool,
  req: IncomingMessage,
  { body, watch }: { body: PassThrough | null; watch: Watch },
): Promise<Dispatcher.ResponseData> {
  const answer = await pool.request({
    method: req.method ?? 'GET',
    path: originalUrl(req),
    headers: forwardedHeaders(req, requestIdOf(req)),
    body,
    signal: watch.signal,
  })
  if (answer.statusCode < 500) return answer
  answer.body.on('error', () => undefined).destroy()
  throw new FailedAnswerError(answer.statusCode)
}

type Watch = { signal: AbortSignal; moved: () => void; end: () => void }

/** Aborts when nothing has moved for a while, and when it is ended. */
function watchSilence(ms: number, reason: () => Error): Watch {
  const controller = new AbortController()
  const timer = setTimeout(() => {
    controller.abort(reason())
  }, ms)
  return {
    signal: controller.signal,
    moved: () => timer.refresh(),
    end: () => {
      clearTimeout(timer)
      controller.abort(new ClientGoneError('the client closed the connection'))
    },
  }
}

/** A client that stops sending is not the fault of the other service, which waits for it like we do. */
function silenceOf(req: IncomingMessage, body: PassThrough | null, ms: number): Error {
  const isClient = body !== null && !req.complete && !body.writableNeedDrain
  if (!isClient) return new Error(`nothing moved for ${String(ms)} ms`)
  return new AppError(
    validationError,
    [{ path: '', message: `the body stopped for ${String(ms)} ms` }],
    { headers: { Connection: 'close' } },
  )
}

/**
 * The body is a stream of its own: when the other service stops reading, undici destroys what it was given,
 * and the client's connection must live on to carry the answer.
 */
function feed(body: PassThrough, req: IncomingMessage, watch: Watch): void {
  req.on('data', watch.moved)
  req.pipe(body)
  req.once('error', (err) => {
    watch.end()
    body.destroy(err)
  })
  body.on('error', () => undefined)
  body.once('close', () => {
    req.unpipe(body)
    // What still comes is dropped, so that the client gets to reading its answer.
    req.resume()
  })
}

const hasBody = (req: IncomingMessage): boolean =>
  req.method !== 'GET' &&
  req.method !== 'HEAD' &&
  (req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length']) > 0)

/** Express cuts off what a router was mounted at. */
const originalUrl = (req: IncomingMessage & { originalUrl?: string }): string =>
  req.originalUrl ?? req.url ?? '/'

function failureOf({ log, sayings }: ForwarderOptions, req: IncomingMessage, err: unknown): Error {
  if (err instanceof ClientGoneError || isAppError(err)) return err
  const isAnswer = err instanceof FailedAnswerError
  const failed = hasBody(req) ? sayings.failedUpload : sayings.failed
  const message = isAnswer ? failed : sayings.unreachable
  const isKnown = err instanceof BreakerOpenError
  if (!isKnown) log.error(message, { err, ...(isAnswer ? { status: err.status } : {}) })
  return new AppError(serviceUnavailable, undefined, { message, cause: err })
}
