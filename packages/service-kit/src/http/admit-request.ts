import { LIMITS, payloadTooLarge, validationError } from '@sup/types'
import type { RequestHandler } from 'express'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { runWithRequest } from '../log/index.js'
import { AppError } from './app-error.js'
import { setRequestId } from './contexts.js'

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/

/**
 * Gives a request its id, refuses addresses and headers that are too long or ambiguous, and runs the rest
 * in the context of the request, so that logs and calls to other services carry its id.
 */
export const admitRequest: RequestHandler = (req, res, next) => {
  const given = req.get('x-request-id')
  const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID()
  setRequestId(req, requestId)
  res.setHeader('X-Request-Id', requestId)
  assertSmall(req)
  const deadline = deadlineOf(req.get('x-deadline'))
  runWithRequest(deadline === undefined ? { requestId } : { requestId, deadline }, () => {
    next()
  })
}

/**
 * NOTE: a deadline that has passed does not refuse the request. The clocks of two machines may differ, and
 * a node whose clock is ahead would refuse everything.
 */
function deadlineOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}

function assertSmall(req: IncomingMessage): void {
  const url = req.url ?? ''
  if (Buffer.byteLength(url) > LIMITS.urlBytes) throw new AppError(payloadTooLarge)
  if (!url.startsWith('/')) throw malformed('the address must be a path')
  let bytes = 0
  let hosts = 0
  for (const [i, text] of req.rawHeaders.entries()) {
    bytes += text.length + 2
    if (i % 2 === 0 && text.length === 4 && text.toLowerCase() === 'host') hosts += 1
  }
  if (bytes > LIMITS.headerBytes) throw new AppError(payloadTooLarge)
  if (hosts > 1) throw malformed('the header Host is given twice')
}

const malformed = (message: string): AppError =>
  new AppError(validationError, [{ path: '', message }])
