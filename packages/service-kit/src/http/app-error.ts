import { type Details, type ErrorType, serviceUnavailable } from '@sup/types'

export type AppErrorOptions = {
  /** When trying again makes sense, in milliseconds; becomes `retryAfterMs` and `Retry-After`. */
  retryAfterMs?: number
  /** Said instead of the error type's own sentence. English, for developers. */
  message?: string
  /** Further response headers. */
  headers?: Readonly<Record<string, string>>
  cause?: unknown
}

type Arguments<T extends ErrorType> =
  undefined extends Details<T>
    ? [details?: Details<T>, options?: AppErrorOptions]
    : [details: Details<T>, options?: AppErrorOptions]

/** A refusal the caller can act on. Anything else that is thrown is a bug and becomes a 500. */
export class AppError<T extends ErrorType = ErrorType> extends Error {
  override name = 'AppError'
  readonly details: Details<T> | undefined
  readonly retryAfterMs: number | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    readonly type: T,
    ...[details, options = {}]: Arguments<T>
  ) {
    super(
      options.message ?? type.message,
      options.cause === undefined ? {} : { cause: options.cause },
    )
    this.details = details
    this.retryAfterMs = options.retryAfterMs
    this.headers = options.headers ?? {}
  }

  /** The code of the error type, as a program compares it. */
  get code(): T['code'] {
    return this.type.code
  }
}

/** A refusal that another service of SUP answered with. */
export class RemoteError extends AppError {
  override name = 'RemoteError'
}

/**
 * A dependency is down: the request may be repeated later.
 *
 * @param cause What failed; it goes to the log, never to the caller.
 */
export const unavailable = (cause: unknown, retryAfterMs = 1000): AppError =>
  new AppError(serviceUnavailable, undefined, { retryAfterMs, cause })

/**
 * Tells a refusal from a bug.
 *
 * @param type Only refusals of this type count, when given.
 */
export function isAppError<T extends ErrorType = ErrorType>(
  err: unknown,
  type?: T,
): err is AppError<T> {
  return isAnyAppError(err) && (type === undefined || err.code === type.code)
}

const isAnyAppError = (err: unknown): err is AppError => err instanceof AppError
