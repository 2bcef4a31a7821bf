import { RemoteError } from '@sup/service-kit/http'
import { type ErrorType, type SocketFailure, errorType, sendErrors } from '@sup/types'
import { z } from 'zod'

/** What main-api refused inside a batch, as the error it would have thrown for a call of its own. */
export function remoteFailure(failure: SocketFailure): RemoteError {
  const { code, message, details, retryable, retryAfterMs } = failure
  const known: ErrorType | undefined = sendErrors.find((type) => type.code === code)
  const type = known ?? errorType(code, 400, z.unknown(), { message, retryable })
  return new RemoteError(type, details, {
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
