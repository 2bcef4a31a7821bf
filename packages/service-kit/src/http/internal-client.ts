import { type Endpoint, type Output, serviceUnavailable } from '@sup/types'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import type { z } from 'zod'
import { type CircuitBreaker, BreakerOpenError } from '../breaker/index.js'
import { systemClock, type Clock } from '../clock/index.js'
import { isProduction } from '../env/index.js'
import { type Logger, currentDeadline, currentRequestId } from '../log/index.js'
import { isAppError, unavailable } from './app-error.js'
import { readAnswer } from './read-answer.js'
import { pathOf, searchOf } from './request-target.js'
import { retryBudget } from './retry-budget.js'

const TRIES = 3
const FIRST_PAUSE_MS = 50
const CONNECTIONS = 16

export type InternalClientOptions = {
  /** `http://main-api:3010`. */
  baseUrl: string
  /** `SERVICE_SECRET`; of several the first. */
  secret: string
  /** Which service calls: `websocket-service` … */
  caller: string
  /** Longest time of one call with its retries, in milliseconds. */
  timeoutMs: number
  log: Logger
  breaker?: CircuitBreaker
  clock?: Clock
  /** Connections kept open; 16 if absent. */
  connections?: number
  /** Hold answers against the contract; outside production if absent. */
  checkAnswers?: boolean
}

/** What a call carries; parts that the endpoint does not have may be left out. */
export type InternalCall<E extends Endpoint> = {
  params?: z.input<E['params']>
  query?: E['query'] extends z.ZodObject ? z.input<E['query']> : Record<string, never>
  body?: z.input<E['body']>
  /** The body as JSON text already, instead of `body`. */
  json?: string
  /** The user for whom this is done, where the endpoint is a user's. */
  onBehalfOf?: string
  onBehalfDevice?: string
  /** May be sent again when it is unknown whether it arrived; GET, PUT and DELETE are anyway. */
  isIdempotent?: boolean
}

export type InternalClient = {
  /**
   * Calls an endpoint of another service.
   *
   * @returns What stands at `data` of the answer.
   * @throws RemoteError with the code the other service answered; AppError `SERVICE_UNAVAILABLE` when it
   *   cannot be reached, is late, or answers without an envelope.
   */
  callInternal: <const E extends Endpoint>(spec: E, call?: InternalCall<E>) => Promise<Output<E>>
  close: () => Promise<void>
}

/** Makes a client with a pool of connections that stay open. */
export function createInternalClient(options: InternalClientOptions): InternalClient {
  const { baseUrl, timeoutMs, breaker, log, clock = systemClock } = options
  const checkAnswers = options.checkAnswers ?? !isProduction()
  const pool = new Pool(new URL(baseUrl).origin, {
    connections: options.connections ?? CONNECTIONS,
    keepAliveTimeout: 60_000,
    connect: { timeout: timeoutMs },
  })
  const budget = retryBudget()

  const once = async <E extends Endpoint>(
    spec: E,
    call: InternalCall<E>,
    deadline: number,
  ): Promise<Output<E>> => {
    const ms = deadline - clock.now().getTime()
    if (ms <= 0) throw unavailable(new Error(`no answer in ${timeoutMs} ms`))
    const hasBody = spec.method !== 'get'
    const response = await pool
      .request({
        method: METHODS[spec.method],
        path: pathOf(spec.path, call.params) + searchOf(call.query),
        headers: headersOf(options, call, { deadline, hasBody }),
        body: hasBody ? (call.json ?? JSON.stringify(call.body ?? {})) : null,
        signal: AbortSignal.timeout(ms),
      })
      .catch((err: unknown) => {
        throw unavailable(err)
      })
    return readAnswer(spec, response, { checkAnswers, log })
  }

  const guard =
    <T>(fn: () => Promise<T>) =>
    (): Promise<T> =>
      breaker ? breaker.call(fn) : fn()

  const callInternal: InternalClient['callInternal'] = async (spec, call = {}) => {
    const deadline = deadlineFor(clock, timeoutMs)
    const isIdempotent = call.isIdempotent ?? spec.method !== 'post'
    const send = guard(() => once(spec, call, deadline))
    budget.earn()
    for (let attempt = 1; ; attempt++) {
      try {
        return await send()
      } catch (err) {
        const pause = pauseBefore(attempt)
        const isInTime = attempt < TRIES && clock.now().getTime() + pause < deadline
        const mayRetry = isIdempotent && isInTime && isAppError(err, serviceUnavailable)
        if (!mayRetry || !budget.spend()) throw closedDoor(err)
        await sleep(pause)
      }
    }
  }
  return { callInternal, close: () => pool.close() }
}

/** An open breaker is not asked again at once, and means the same as a dependency that is down. */
const closedDoor = (err: unknown): unknown =>
  err instanceof BreakerOpenError ? unavailable(err) : err

const METHODS = {
  get: 'GET',
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
} as const

/** Never later than the one who waits for us; a deadline that is absurd comes from another clock. */
function deadlineFor(clock: Clock, timeoutMs: number): number {
  const now = clock.now().getTime()
  const own = now + timeoutMs
  const outer = currentDeadline()
  return outer !== undefined && outer > now && outer < own ? outer : own
}

/** Full jitter. */
const pauseBefore = (attempt: number): number => randomInt(FIRST_PAUSE_MS * 2 ** attempt)

function headersOf(
  options: InternalClientOptions,
  call: { onBehalfOf?: string; onBehalfDevice?: string },
  { deadline, hasBody }: { deadline: number; hasBody: boolean },
): Record<string, string> {
  const requestId = currentRequestId()
  return {
    'x-internal-secret': options.secret,
    'x-internal-caller': options.caller,
    'x-deadline': String(deadline),
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
    ...(call.onBehalfOf === undefined ? {} : { 'x-on-behalf-of': call.onBehalfOf }),
    ...(call.onBehalfDevice === undefined ? {} : { 'x-on-behalf-device': call.onBehalfDevice }),
  }
}
