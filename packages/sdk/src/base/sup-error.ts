/** What a refused or failed call carries; `code` is what programs compare. */
export type SupErrorFields = {
  /** A code of wire-contract 2.4, or one of the SDK's own: `NETWORK_ERROR`, `BAD_RESPONSE`, `CLOSED`. */
  code: string
  message: string
  /** HTTP status; 0 when there was no answer, or when it came over the socket. */
  status?: number
  details?: unknown
  /** May the same request succeed later without any change? */
  retryable?: boolean
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs?: number | undefined
  /** Names the request in the server's log. */
  requestId?: string | undefined
  cause?: unknown
}

/** Every failure that the SDK reports. Aborted calls throw the reason of their signal instead. */
export class SupError extends Error {
  override name = 'SupError'
  readonly code: string
  readonly status: number
  readonly details: unknown
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly requestId: string | undefined

  constructor(fields: SupErrorFields) {
    super(fields.message, { cause: fields.cause })
    this.code = fields.code
    this.status = fields.status ?? 0
    this.details = fields.details
    this.retryable = fields.retryable ?? false
    this.retryAfterMs = fields.retryAfterMs
    this.requestId = fields.requestId
  }
}

/** There is no session, or it has ended: nothing that needs an account works until a log-in. */
export const notLoggedIn = (): SupError =>
  new SupError({ code: 'UNAUTHORIZED', status: 401, message: 'Not logged in' })

/** The client was closed while something was under way. */
export const closed = (): SupError =>
  new SupError({ code: 'CLOSED', message: 'The client was closed' })

export const isSupError = (err: unknown): err is SupError => err instanceof SupError

/** Codes that say: this session, not this request, is the trouble. */
const SESSION_CODES = new Set([
  'UNAUTHORIZED',
  'TOKEN_EXPIRED',
  'INVALID_TOKEN',
  'ACCOUNT_DISABLED',
])

export const concernsSession = (err: unknown): boolean =>
  isSupError(err) && SESSION_CODES.has(err.code)
