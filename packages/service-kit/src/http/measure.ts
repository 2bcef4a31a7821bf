import type { RequestHandler } from 'express'
import type { Logger } from '../log/index.js'
import type { Metrics } from '../metrics/index.js'
import { requestIdOf } from './contexts.js'

/** Times every answer by route template, and tells its story at level debug. */
export function measure(metrics: Metrics, log: Logger): RequestHandler {
  return (req, res, next) => {
    const start = performance.now()
    res.once('close', () => {
      const seconds = (performance.now() - start) / 1000
      const { method } = req
      const route = routeOf(res.locals['route'], req.route)
      // A client that went away before the answer was out: nginx's number for it.
      const status = res.writableFinished ? res.statusCode : 499
      metrics.http.observe({ method, route, status_code: String(status) }, seconds)
      const ms = Math.round(seconds * 1000)
      log.debug('Request answered', { requestId: requestIdOf(req), method, route, status, ms })
    })
    next()
  }
}

/** Never a path as called: ids in labels would make one time series each. */
function routeOf(named: unknown, matched: unknown): string {
  if (typeof named === 'string') return named
  const hasPath = typeof matched === 'object' && matched !== null && 'path' in matched
  return hasPath && typeof matched.path === 'string' ? matched.path : 'unmatched'
}
