import { AppError } from '@sup/service-kit/http'
import { invalidToken, notFound, serviceUnavailable, tokenExpired, unauthorized } from '@sup/types'
import { randomInt } from 'node:crypto'
import { QueueFullError } from '../../batcher.js'

type UnauthorizedReason = 'TOKEN_EXPIRED' | 'INVALID_TOKEN' | 'session_revoked'

type ConnectErrorData =
  | { code: 'UNAUTHORIZED'; reason: UnauthorizedReason; retryable: false }
  | { code: 'RATE_LIMITED' | 'SERVICE_UNAVAILABLE'; retryable: true; retryAfterMs: number }

/** A refused handshake in the form of wire-contract 6.1; Socket.IO hands `data` to the client. */
export class ConnectError extends Error {
  override name = 'ConnectError'

  constructor(
    message: 'unauthorized' | 'rate_limited' | 'unavailable',
    readonly data: ConnectErrorData,
  ) {
    super(message)
  }
}

const RETRY_MS = 1000

export const rateLimitedHandshake = (retryAfterMs: number): ConnectError =>
  new ConnectError('rate_limited', { code: 'RATE_LIMITED', retryable: true, retryAfterMs })

export const unavailableHandshake = (retryAfterMs = RETRY_MS): ConnectError =>
  new ConnectError('unavailable', { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs })

const refused = (reason: UnauthorizedReason): ConnectError =>
  new ConnectError('unauthorized', { code: 'UNAUTHORIZED', reason, retryable: false })

/** Says to the client of a handshake what went wrong; undefined for what is nobody's fault but ours. */
export function toConnectError(err: unknown): ConnectError | undefined {
  if (err instanceof ConnectError) return err
  if (err instanceof QueueFullError) return unavailableHandshake(randomInt(RETRY_MS, 5 * RETRY_MS))
  if (!(err instanceof AppError)) return undefined
  switch (err.code) {
    case tokenExpired.code:
      return refused('TOKEN_EXPIRED')
    case invalidToken.code:
      return refused('INVALID_TOKEN')
    // main-api does not know the account any more.
    case notFound.code:
    case unauthorized.code:
      return refused('session_revoked')
    case serviceUnavailable.code:
      return unavailableHandshake(err.retryAfterMs)
    default:
      return undefined
  }
}
