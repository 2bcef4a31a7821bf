import { type Endpoint, endpoint, notFound, gone } from '@sup/types'
import { Router } from 'express'
import { z } from 'zod'
import { type Clock, systemClock } from '../src/clock/index.js'
import {
  type AppOptions,
  type Authenticate,
  type Handler,
  AppError,
  createApp,
  healthChecks,
  serve,
} from '../src/http/index.js'
import { type Metrics, createMetrics } from '../src/metrics/index.js'
import { type LogLine, capturedLog } from './captured-log.js'

export const ALICE = {
  userId: '0193b8a0-0000-7000-8000-00000000000a',
  sessionId: '0193b8a0-0000-7000-8000-00000000005a',
  deviceId: '0193b8a0-0000-7000-8000-0000000000da',
}

/** Knows one user, by a fixed token: what a token is worth is tested elsewhere. */
export const knowsAlice: Authenticate = (headers, auth) => {
  if (headers.authorization === 'Bearer alice') return Promise.resolve({ kind: 'user', ...ALICE })
  if (auth === 'open') return Promise.resolve({ kind: 'nobody' })
  return Promise.resolve({ kind: 'nobody' })
}

export const none = z.object({})

/** An endpoint that says what it got. */
export const echo = endpoint({
  method: 'post',
  path: '/api/v1/echo/:id',
  summary: 'Say what was sent',
  params: z.object({ id: z.uuid() }),
  query: z.object({ q: z.string().max(5).optional() }),
  body: z.object({ text: z.string().optional(), any: z.unknown().optional() }),
  response: z.object({ text: z.string(), q: z.string().optional() }),
  success: [200, 201],
  errors: [gone],
})
export const echoPath = '/api/v1/echo/0193b8a0-0000-7000-8000-000000000001'

export const read = endpoint({
  method: 'get',
  path: '/api/v1/things/:id',
  summary: 'Read',
  params: z.object({ id: z.string() }),
  body: none,
  response: z.object({ id: z.string() }),
  errors: [notFound],
})

/** Serves endpoints in an app of their own, over nothing but the kit. */
export function appOf(
  mount: (serveOne: <const E extends Endpoint>(spec: E, handler: Handler<E>) => void) => void,
  options: Partial<AppOptions> & { clock?: Clock } = {},
): { app: ReturnType<typeof createApp>; lines: LogLine[]; metrics: Metrics } {
  const { log, lines } = capturedLog()
  const metrics = createMetrics({ service: 'test' })
  const router = Router()
  mount((spec, handler) => {
    serve(router, spec, handler)
  })
  const app = createApp({
    service: 'test',
    log,
    metrics,
    health: healthChecks({}, { log, clock: systemClock }),
    routers: [router],
    authenticate: knowsAlice,
    trustedProxies: ['loopback'],
    ...options,
  })
  return { app, lines, metrics }
}

/** An app whose echo answers what came in. */
export const echoApp = (options: Partial<AppOptions> = {}) =>
  appOf((serveOne) => {
    serveOne(echo, (_caller, { body, query }) => {
      if (body.text === 'gone') return Promise.reject(new AppError(gone))
      return Promise.resolve({
        text: body.text ?? '',
        ...(query.q === undefined ? {} : { q: query.q }),
      })
    })
  }, options)
