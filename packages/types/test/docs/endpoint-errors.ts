import {
  type Endpoint,
  type ErrorType,
  conflict,
  idempotencyConflict,
  internalError,
  invalidToken,
  payloadTooLarge,
  rateLimited,
  serviceUnavailable,
  tokenExpired,
  unauthorized,
  unsupportedMediaType,
  validationError,
} from '../../src/index.js'

/** Does the endpoint take a body? */
export function takesBody(spec: Endpoint): boolean {
  return spec.method !== 'get' && Object.keys(spec.body.shape).length > 0
}

/** Does `Idempotency-Key` mean something here (wire-contract 2.6)? */
export function takesIdempotencyKey(spec: Endpoint): boolean {
  return spec.method === 'post' && (spec.auth ?? 'user') === 'user'
}

/** Every way this endpoint can refuse: its own errors and those that any endpoint of its kind has. */
export function errorsOf(spec: Endpoint): ErrorType[] {
  const { auth = 'user', limit = 'api' } = spec
  const errors = new Set<ErrorType>([validationError, internalError, serviceUnavailable])
  if (auth !== 'open') errors.add(unauthorized)
  if (auth === 'user' || auth === 'admin') errors.add(tokenExpired).add(invalidToken)
  if (limit !== 'none') errors.add(rateLimited)
  if (takesBody(spec)) errors.add(payloadTooLarge).add(unsupportedMediaType)
  if (takesIdempotencyKey(spec)) errors.add(idempotencyConflict).add(conflict)
  for (const error of spec.errors) errors.add(error)
  return [...errors].sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1))
}
