export { addressKey, plainAddress } from './address-key.js'
export { type Answer, type RawAnswer, answer, rawAnswer } from './answer.js'
export {
  AppError,
  type AppErrorOptions,
  RemoteError,
  isAppError,
  unavailable,
} from './app-error.js'
export { type AppOptions, createApp } from './app.js'
export { type Sessions, bearerAuth, internalAuth, secretMatcher } from './auth.js'
export { ContractBrokenError } from './check-answer.js'
export { errorPart, sendError, sendJson, toAppError } from './envelope.js'
export type { Form } from './form.js'
export type { FormFile } from './form-file.js'
export {
  type Forwarder,
  type ForwarderOptions,
  createForwarder,
  isFaultOfClient,
} from './forwarder.js'
export { type CheckResult, type Health, healthChecks } from './health.js'
export {
  type InternalCall,
  type InternalClient,
  type InternalClientOptions,
  createInternalClient,
} from './internal-client.js'
export { closeServer, listen, portOf } from './listen.js'
export { NOBODY } from './make-caller.js'
export {
  ForbiddenTargetError,
  type OutgoingAnswer,
  type OutgoingClient,
  type OutgoingRequest,
  createOutgoingClient,
} from './outgoing.js'
export { parseInput, problemsOf } from './parse-input.js'
export { ClientGoneError, parseJson, readBody } from './read-body.js'
export { isPublicUrl } from './public-address.js'
export { serve } from './serve.js'
export { type AccessToken, signAccessToken, verifyAccessToken } from './tokens.js'
export type {
  Administrators,
  AppContext,
  Authenticate,
  Caller,
  CallerOf,
  Handler,
  HandlerInput,
  IdempotencyKey,
  IdempotencyStore,
  Identity,
  Limiter,
  OpenCaller,
  RateResult,
  ServiceCaller,
  StoredAnswer,
} from './types.js'
