import {
  AppError,
  errorPart,
  problemsOf,
  readBody,
  secretMatcher,
  sendError,
  toAppError,
} from '@sup/service-kit/http'
import {
  BatchItem,
  LIMITS,
  rateLimited,
  sendBatch,
  unauthorized,
  validationError,
} from '@sup/types'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { Needs } from '../../deps.js'
import { prepareSend } from './prepare-send.js'
import { type MessageRates, createMessageRates } from './message-rates.js'
import type { Accepted } from './send-loop.js'

type Needed = Needs<'sends' | 'clock' | 'log' | 'metrics'> & { rates: MessageRates }

// Items are validated one by one, so that a bad one fails alone.
const Body = z.strictObject({ items: z.array(z.unknown()).min(1).max(LIMITS.batchItems) })

/**
 * `POST /internal/v1/messages/batch`, the hot path of sockets: a plain handler in front of express,
 * because at light load the middleware costs more than the send.
 */
export function createBatchHandler(
  deps: Needs<'config' | 'redis' | 'sends' | 'clock' | 'log' | 'metrics'>,
): (req: IncomingMessage, res: ServerResponse) => void {
  const needed = { ...deps, rates: createMessageRates(deps) }
  const isKnown = secretMatcher(deps.config.SERVICE_SECRET)
  return (req, res) => {
    const requestId = headerOf(req, 'x-request-id') ?? randomUUID()
    res.setHeader('x-request-id', requestId)
    const answered = isKnown(headerOf(req, 'x-internal-secret') ?? '')
      ? handle(needed, req)
      : Promise.reject(new AppError(unauthorized))
    answered.then(
      (json) => {
        res.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
        res.end(json)
      },
      (err: unknown) => {
        const failure = toAppError(err)
        if (failure.type.status >= 500)
          needed.log.error('a batch of sends failed', { err, requestId })
        sendError(res, failure, requestId)
      },
    )
  }
}

async function handle(needed: Needed, req: IncomingMessage): Promise<string> {
  const body = Body.safeParse(parse(await readBody(req, sendBatch)))
  if (!body.success) throw new AppError(validationError, problemsOf(body.error))
  const results = await sendAll(needed, body.data.items)
  return `{"success":true,"data":{"results":[${results.join(',')}]}}`
}

/** The sender is a service of SUP: the depth checks of public bodies are left out. */
function parse(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? '')
  } catch {
    throw new AppError(validationError, [{ path: '', message: 'the body is not JSON' }])
  }
}

/** One encoded result per item, in order. */
async function sendAll(needed: Needed, items: readonly unknown[]): Promise<string[]> {
  const parsed = items.map((item) => BatchItem.safeParse(item))
  const rates = await needed.rates.take(
    parsed.map((item) => (item.success ? item.data.userId : 'nobody')),
  )
  return Promise.all(
    parsed.map(async (item, i) => {
      try {
        if (!item.success) throw new AppError(validationError, problemsOfMessage(item.error))
        const rate = rates[i]
        if (rate && !rate.allowed) {
          throw new AppError(rateLimited, undefined, { retryAfterMs: rate.retryAfterMs })
        }
        const accepted = await needed.sends.send(prepareSend(needed, item.data, item.data.message))
        count(
          needed,
          accepted.message.content === undefined,
          accepted.duplicate ? 'duplicate' : 'stored',
        )
        return encodeAccepted(accepted)
      } catch (err) {
        const isPlain = item.success && item.data.message.content !== undefined
        count(needed, !isPlain, 'refused')
        return encodeFailure(needed, err)
      }
    }),
  )
}

function count({ metrics }: Needed, isEncrypted: boolean, result: string): void {
  metrics.messages.inc({ mode: isEncrypted ? 'e2ee' : 'managed', dialect: 'native', result })
}

function encodeAccepted({ message, json, duplicate }: Accepted): string {
  const { id, clientMessageId, chatId, seq, createdAt } = message
  const ack = JSON.stringify({ ok: true, id, clientMessageId, chatId, seq, createdAt, duplicate })
  return `${ack.slice(0, -1)},"message":${json}}`
}

function encodeFailure({ log }: Needed, err: unknown): string {
  const failure = toAppError(err)
  if (failure.type.status >= 500) log.error('a send failed', { err })
  return JSON.stringify({ ok: false, ...errorPart(failure) })
}

/** Places are named as the sender of the message knows them. */
const problemsOfMessage = (error: z.ZodError) =>
  problemsOf(error).map(({ path, message }) => ({ path: path.replace(/^message\.?/, ''), message }))

const headerOf = (req: IncomingMessage, name: string): string | undefined => {
  const value = req.headers[name]
  return Array.isArray(value) ? value[0] : value
}
