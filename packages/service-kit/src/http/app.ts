import { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express'
import express from 'express'
import { type Clock, systemClock } from '../clock/index.js'
import { isProduction } from '../env/index.js'
import type { Logger } from '../log/index.js'
import type { Metrics } from '../metrics/index.js'
import { AppError } from './app-error.js'
import { ContractBrokenError } from './check-answer.js'
import { contextOf, requestIdOf, setContext } from './contexts.js'
import { crossOrigin, securityHeaders } from './browser-headers.js'
import { sendError, toAppError } from './envelope.js'
import { admitRequest } from './admit-request.js'
import type { Health } from './health.js'
import { mountHealth } from './health-routes.js'
import { measure } from './measure.js'
import { ClientGoneError } from './read-body.js'
import { bySpecificity, fallback } from './routes.js'
import { servedOn } from './serve.js'
import type {
  Administrators,
  AppContext,
  Authenticate,
  IdempotencyStore,
  Limiter,
} from './types.js'

const API_TIMEOUT_MS = 10_000

export type AppOptions = {
  /** As `/health` names it. */
  service: string
  log: Logger
  metrics: Metrics
  health: Health
  /** One router per feature, filled by `serve`; what else is mounted on it comes after the endpoints. */
  routers: readonly Router[]
  /** Who makes a request: `bearerAuth` or `internalAuth`. Needed as soon as there are routers. */
  authenticate?: Authenticate
  /** Who administers the server; without it endpoints of administrators are there for nobody. */
  administrators?: Administrators
  /** Origins of browsers, matched exactly; `*` means any, without credentials. */
  allowedOrigins?: readonly string[]
  /** Whose `X-Forwarded-For` counts: addresses, networks, `loopback`, `uniquelocal`. */
  trustedProxies?: readonly string[]
  limiter?: Limiter
  idempotency?: IdempotencyStore
  clock?: Clock
  version?: string
  /** nginx stands in front and sets the security headers; true if absent. */
  behindProxy?: boolean
  /** Hold answers against the contract; outside production if absent. */
  checkAnswers?: boolean
  /** Longest time a use case may take, in milliseconds; 10 s if absent. */
  requestTimeoutMs?: number
  /** Longest file that an endpoint with `multipart` takes; needed where there is one. */
  maxUploadBytes?: number
}

/**
 * Makes the express app of a service: health and metrics, CORS, limits, the endpoints of its routers, and
 * the envelope around every answer, also 404, 405 and 500.
 *
 * @throws Error when there are endpoints but nothing that authenticates.
 */
export function createApp(options: AppOptions): Express {
  const { log, metrics, health, routers, service } = options
  const { clock = systemClock, version = '1.0.0', behindProxy = true } = options
  const served = bySpecificity(routers.flatMap((router) => servedOn(router)))
  if (served.length > 0 && !options.authenticate) throw new Error('endpoints need `authenticate`')

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.set('query parser', false)
  app.set('trust proxy', [...(options.trustedProxies ?? [])])
  setContext(app, contextFrom(options, clock))

  app.use(measure(metrics, log), admitRequest)
  app.use(securityHeaders(behindProxy), crossOrigin(options.allowedOrigins ?? []))
  mountHealth(app, { health, metrics, clock, service, version })
  for (const { spec, handle } of served) app[spec.method](spec.path, named(spec.path), handle)
  for (const router of routers) app.use(router)
  app.use(fallback(served))
  app.use(answerError)
  return app
}

function contextFrom(options: AppOptions, clock: Clock): AppContext {
  const { service, log, metrics, authenticate, administrators, limiter, idempotency } = options
  return {
    service,
    log,
    metrics,
    clock,
    authenticate: authenticate ?? (() => Promise.resolve({ kind: 'nobody' })),
    administrators,
    limiter,
    idempotency,
    checkAnswers: options.checkAnswers ?? !isProduction(),
    requestTimeoutMs: options.requestTimeoutMs ?? API_TIMEOUT_MS,
    maxUploadBytes: options.maxUploadBytes ?? 0,
  }
}

/** Tells the measurement which template the path is. */
const named =
  (template: string): RequestHandler =>
  (_req, res, next) => {
    res.locals['route'] = template
    next()
  }

/** The one place where a failure becomes an answer; what is our fault is logged here, once. */
const answerError: ErrorRequestHandler = (err: unknown, req, res, _next) => {
  const { log, checkAnswers } = contextOf(req)
  const refusal = loudly(toAppError(err), err, checkAnswers)
  report(log, refusal, err)
  if (res.headersSent) {
    // Half an answer is out: only closing the connection tells the client that the rest is missing.
    res.destroy()
    return
  }
  sendError(res, refusal, requestIdOf(req))
}

/** Outside production a broken contract says so in the answer, where the developer sees it. */
const loudly = (refusal: AppError, err: unknown, checkAnswers: boolean): AppError =>
  checkAnswers && err instanceof ContractBrokenError
    ? new AppError(refusal.type, undefined, { message: err.message, cause: err })
    : refusal

function report(log: Logger, refusal: AppError, err: unknown): void {
  if (err instanceof ClientGoneError) return
  if (refusal.type.status === 500) log.error('A request failed', { err })
  else if (refusal.type.status === 503) log.warn('A request was refused: unavailable', { err })
}
