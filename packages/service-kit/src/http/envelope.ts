import { internalError, validationError } from '@sup/types'
import type { ServerResponse } from 'node:http'
import { BreakerOpenError } from '../breaker/index.js'
import { AppError, isAppError, unavailable } from './app-error.js'

const DEFAULT_RETRY_MS = 1000

/** The error form of the envelope (wire-contract 2.1). */
export type ErrorBody = {
  success: false
  error: {
    code: string
    message: string
    details?: unknown
    retryable: boolean
    retryAfterMs?: number
    requestId: string
  }
}

/** The error member of the envelope without the request id. */
export type ErrorPart = Omit<ErrorBody['error'], 'requestId'>

/** Turns whatever was thrown into a refusal; what is nobody's fault but ours becomes a 500. */
export function toAppError(err: unknown): AppError {
  if (isAppError(err)) return err
  if (err instanceof BreakerOpenError) return unavailable(err)
  if (isMalformedRequest(err)) {
    return new AppError(validationError, [{ path: '', message: 'the address is malformed' }])
  }
  return new AppError(internalError, undefined, { cause: err })
}

/** Express throws this for a path that does not decode. */
const isMalformedRequest = (err: unknown): boolean => err instanceof URIError

export function errorPart(err: AppError): ErrorPart {
  const { code, retryable } = err.type
  const retryAfterMs = retryAfter(err)
  return {
    code,
    message: err.message,
    ...(err.details === undefined ? {} : { details: err.details }),
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/** 429 and 503 always say when to come back. */
function retryAfter(err: AppError): number | undefined {
  const isWorthWaiting = err.type.status === 429 || err.type.status === 503
  return err.retryAfterMs ?? (isWorthWaiting ? DEFAULT_RETRY_MS : undefined)
}

/** Answers a refusal in the envelope, with the headers that belong to it. */
export function sendError(res: ServerResponse, err: AppError, requestId: string): void {
  const part = errorPart(err)
  for (const [name, value] of Object.entries(err.headers)) res.setHeader(name, value)
  if (part.retryAfterMs !== undefined) res.setHeader('Retry-After', wholeSeconds(part.retryAfterMs))
  sendJson(res, err.type.status, { success: false, error: { ...part, requestId } })
}

const wholeSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)))

/** Answers with a JSON body; nothing is cached unless a handler said otherwise. */
export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Content-Length', Buffer.byteLength(text))
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store')
  res.end(text)
}
