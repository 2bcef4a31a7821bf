import { z } from 'zod'
import { DeviceRef } from './crypto.types.js'
import { errorType } from './contract.js'
import { MediaState } from './media.types.js'

const nothing = z.undefined()

/** One place of a request that is wrong; `path` is empty when the body as a whole is. */
export const Problem = z.object({ path: z.string(), message: z.string() })
export type Problem = z.output<typeof Problem>

export const unauthorized = errorType(
  'UNAUTHORIZED',
  401,
  z.object({ reason: z.literal('session_revoked') }).optional(),
  { message: 'Log in: there are no credentials, or the session has ended' },
)
export const tokenExpired = errorType('TOKEN_EXPIRED', 401, nothing, {
  message: 'The token is past its time: refresh it, or log in',
})
export const invalidToken = errorType('INVALID_TOKEN', 401, nothing, {
  message: 'The token is not valid here: log in',
})
export const validationError = errorType('VALIDATION_ERROR', 400, z.array(Problem), {
  message: 'The request does not have the required form: see details',
})
/** Well formed, but not acceptable here; the details name the place. */
export const invalidInput = errorType('INVALID_INPUT', 422, z.array(Problem), {
  message: 'The request cannot be accepted here: see details',
})
/** The state is that of a file whose thumbnail is not there (yet). */
export const notFound = errorType('NOT_FOUND', 404, z.object({ state: MediaState }).optional(), {
  message: 'There is nothing here that you can see',
})
export const alreadyExists = errorType('ALREADY_EXISTS', 409, z.array(Problem).optional(), {
  message: 'The value is taken: choose another',
})
export const forbidden = errorType('FORBIDDEN', 403, nothing, {
  message: 'You may not do this',
})
export const insufficientPermissions = errorType(
  'INSUFFICIENT_PERMISSIONS',
  403,
  z.object({ permission: z.string() }),
  { message: 'Your role in this chat lacks the permission named in details' },
)
export const internalError = errorType('INTERNAL_ERROR', 500, nothing, {
  message: 'Something failed on the server; the request is safe to repeat with its idempotency key',
  retryable: true,
})
export const serviceUnavailable = errorType('SERVICE_UNAVAILABLE', 503, nothing, {
  message: 'The server cannot do this right now: try again later',
  retryable: true,
})
export const rateLimited = errorType('RATE_LIMITED', 429, nothing, {
  message: 'Too many requests: wait for the time given',
  retryable: true,
})
export const invalidCredentials = errorType('INVALID_CREDENTIALS', 401, nothing, {
  message: 'The account is unknown or the password is wrong',
})
export const invalidCode = errorType('INVALID_CODE', 422, nothing, {
  message: 'The code is wrong, used or past its time',
})
export const accountDisabled = errorType('ACCOUNT_DISABLED', 403, nothing, {
  message: 'This account was suspended by an administrator',
})
export const reauthRequired = errorType('REAUTH_REQUIRED', 403, nothing, {
  message: 'Give your password again (POST /auth/reauth), then repeat the request',
})
export const idempotencyConflict = errorType('IDEMPOTENCY_CONFLICT', 409, nothing, {
  message: 'This idempotency key was used for another request: choose a new one',
})
export const conflict = errorType('CONFLICT', 409, nothing, {
  message: 'The state changed meanwhile, or the same request is still running: try again',
  retryable: true,
})
export const limitReached = errorType('LIMIT_REACHED', 409, nothing, {
  message: 'A count limit is reached',
})
export const mismatchedDevices = errorType(
  'MISMATCHED_DEVICES',
  409,
  z.object({ missingDevices: z.array(DeviceRef), extraDevices: z.array(DeviceRef) }),
  { message: 'The device list is out of date: fetch it, encrypt again and resend' },
)
export const gone = errorType('GONE', 410, nothing, {
  message: 'This existed and is over',
})
export const editWindowExpired = errorType('EDIT_WINDOW_EXPIRED', 403, nothing, {
  message: 'It is too late to edit this message',
})
export const payloadTooLarge = errorType('PAYLOAD_TOO_LARGE', 413, nothing, {
  message: 'The request is too large',
})
export const unsupportedMediaType = errorType('UNSUPPORTED_MEDIA_TYPE', 415, nothing, {
  message: 'Send the body as application/json in UTF-8',
})
export const quotaExceeded = errorType('QUOTA_EXCEEDED', 413, nothing, {
  message: 'The storage of this account is full',
})
export const rangeNotSatisfiable = errorType('RANGE_NOT_SATISFIABLE', 416, nothing, {
  message: 'The file has no bytes in this range: see the header Content-Range',
})
export const methodNotAllowed = errorType('METHOD_NOT_ALLOWED', 405, nothing, {
  message: 'This path exists, but not with this method: see the header Allow',
})
