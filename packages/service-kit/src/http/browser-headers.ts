import cors from 'cors'
import type { RequestHandler } from 'express'
import helmet from 'helmet'

const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'X-Request-Id',
  'X-CSRF-Token',
  'If-Match',
  'If-None-Match',
  'If-Range',
  'Range',
]
const EXPOSED_HEADERS = [
  'X-Request-Id',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Idempotent-Replayed',
  'ETag',
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Range',
]
const PREFLIGHT_SECONDS = 600
const HSTS_SECONDS = 31_536_000

/**
 * Sets the security headers of helmet. Those that nginx sets exactly once (wire-contract 2.5) are left to
 * it when it stands in front.
 */
export function securityHeaders(behindProxy: boolean): RequestHandler {
  if (behindProxy) {
    return helmet({
      contentSecurityPolicy: false,
      frameguard: false,
      noSniff: false,
      xXssProtection: false,
      referrerPolicy: false,
      strictTransportSecurity: false,
    })
  }
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } },
    frameguard: { action: 'sameorigin' },
    referrerPolicy: { policy: 'strict-origin-when-cross-origin' },
    strictTransportSecurity: { maxAge: HSTS_SECONDS, includeSubDomains: false },
  })
}

/**
 * Answers browsers of other origins: exactly those listed, with credentials; the others get no CORS header
 * at all. `*` lets any origin in, without credentials.
 */
export function crossOrigin(allowed: readonly string[]): RequestHandler {
  const isOpen = allowed.includes('*')
  const origins = new Set(allowed)
  const common = {
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: EXPOSED_HEADERS,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge: PREFLIGHT_SECONDS,
    optionsSuccessStatus: 200,
  }
  const handle = cors((req, done) => {
    const origin = req.headers.origin
    const isListed = typeof origin === 'string' && origins.has(origin)
    if (isListed) done(null, { ...common, origin, credentials: true })
    else done(null, isOpen ? { ...common, origin: '*' } : { origin: false })
  })
  return (req, res, next) => {
    res.vary('Origin')
    handle(req, res, next)
  }
}
