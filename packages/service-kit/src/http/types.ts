import type { Auth, Endpoint, Input, Output } from '@sup/types'
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../clock/index.js'
import type { Logger } from '../log/index.js'
import type { Metrics } from '../metrics/index.js'
import type { z } from 'zod'
import type { Answer, RawAnswer } from './answer.js'
import type { AppError } from './app-error.js'
import type { Form } from './form.js'

type Request = {
  requestId: string
  /** Address of the client, as trusted proxies tell it. */
  ip: string
  userAgent?: string
  /** For the rare use case that works with a cookie, `Origin` or a header of its own. */
  headers?: Readonly<IncomingHttpHeaders>
  /** `Idempotency-Key`; the kit has dealt with it already, except for `POST /messages`. */
  idempotencyKey?: string
}

/** Whose session makes a request. */
export type Caller = Request & { userId: string; sessionId: string; deviceId: string }

/** Who calls an open endpoint: anybody, or a session that was recognised all the same. */
export type OpenCaller = Request & {
  userId?: string
  sessionId?: string
  deviceId?: string
  /** Credentials were sent and are not valid; throw it where the endpoint cannot do without. */
  credentialsError?: AppError
}

/** Which service makes a request, and for whom. */
export type ServiceCaller = {
  service: string
  requestId: string
  onBehalfOf?: { userId: string; deviceId: string }
}

/** Who calls endpoint `E`. */
export type CallerOf<E extends Endpoint> = E extends { auth: 'open' }
  ? OpenCaller
  : E extends { auth: 'service' }
    ? ServiceCaller
    : Caller

/** What the use case behind `E` gets: the parsed request, or a form that it reads itself. */
export type HandlerInput<E extends Endpoint> = E extends { multipart: object }
  ? Omit<Input<E>, 'body'> & { form: Form<z.output<E['body']>> }
  : Input<E>

/** What the use case behind `E` answers. */
export type Answered<E extends Endpoint> = E extends { raw: true }
  ? RawAnswer
  : Output<E> | Answer<Output<E>>

/** The use case behind endpoint `E`. */
export type Handler<E extends Endpoint> = (
  caller: CallerOf<E>,
  input: HandlerInput<E>,
) => Promise<Answered<E>>

/** What authentication found out about a request. */
export type Identity =
  | { kind: 'nobody'; error?: AppError }
  | { kind: 'user'; userId: string; sessionId: string; deviceId: string }
  | { kind: 'service'; service: string; onBehalfOf?: { userId: string; deviceId: string } }

/**
 * Recognises who makes a request.
 *
 * @throws AppError with status 401 when the endpoint needs somebody else.
 */
export type Authenticate = (headers: IncomingHttpHeaders, auth: Auth) => Promise<Identity>

/** Knows who administers this server. */
export type Administrators = {
  /**
   * What is known about the session of a caller; undefined unless its account is an administrator's now.
   *
   * `authenticatedAt`: when the password was given last, as an ISO time.
   */
  find: (caller: {
    userId: string
    sessionId: string
  }) => Promise<{ authenticatedAt: string } | undefined>
}

/** The state of one rate class for one key after a request was counted. */
export type RateResult = {
  allowed: boolean
  /** Requests per window, without the burst. */
  quota: number
  windowSeconds: number
  /** Requests left, with the burst. */
  remaining: number
  /** Until the window is over, in milliseconds. */
  resetMs: number
  /** Until the next request can pass, in milliseconds; 0 when this one did. */
  retryAfterMs: number
}

/** Counts requests per rate class (wire-contract 15.1). Undefined: this class is not limited here. */
export type Limiter = {
  take: (rateClass: string, key: string) => Promise<RateResult | undefined>
}

/** What identifies a repeated request. `path` is the path as called, without query. */
export type IdempotencyKey = { userId: string; method: string; path: string; key: string }

/** The outcome of a request as it is kept for 24 hours. */
export type StoredAnswer = {
  /** As answered the first time. */
  status: number
  /** `data`, `meta` and what stands beside them, or `error` without its request id. */
  body: Readonly<Record<string, unknown>>
}

/** Remembers outcomes by idempotency key (wire-contract 2.6); main-api keeps them in Postgres. */
export type IdempotencyStore = {
  /**
   * Claims a key for a request, atomically.
   *
   * `started`: the claim is this request's; it ends with `finish` or `release`. A claim that neither
   * ends within a minute belongs to a dead process and may be taken over.
   */
  begin: (
    key: IdempotencyKey,
    requestHash: string,
  ) => Promise<
    | { state: 'started' }
    | { state: 'running'; requestHash: string }
    | { state: 'done'; requestHash: string; answer: StoredAnswer }
  >
  finish: (key: IdempotencyKey, answer: StoredAnswer) => Promise<void>
  /** Forgets the claim, so that a repetition runs again. */
  release: (key: IdempotencyKey) => Promise<void>
}

/** What `serve` finds in the app that an endpoint is mounted in. */
export type AppContext = {
  service: string
  log: Logger
  metrics: Metrics
  clock: Clock
  authenticate: Authenticate
  administrators: Administrators | undefined
  limiter: Limiter | undefined
  idempotency: IdempotencyStore | undefined
  /** Check answers and errors against the contract, and fail when they differ. */
  checkAnswers: boolean
  /** Longest time a handler may take, in milliseconds. */
  requestTimeoutMs: number
  /** Longest file that an endpoint with `multipart` takes. */
  maxUploadBytes: number
}
