import type { Endpoint } from '@sup/types'
import { fullJitter } from '../base/chance.js'
import { type Clock, wait } from '../base/clock.js'
import type { Log } from '../base/log.js'
import { isSupError } from '../base/sup-error.js'
import type { Tokens } from '../session/tokens.js'
import {
  type Answer,
  type CallInput,
  type RequestNeeds,
  type RequestOptions,
  sendRequest,
} from './request.js'
import { withToken } from './with-token.js'

export type CallOptions = {
  signal?: AbortSignal | undefined
  /** Makes a POST safe to repeat (wire-contract 2.6): 1 to 128 characters, kept for 24 hours. */
  idempotencyKey?: string
  /** Attempts in all; 4 for calls that are safe to repeat, else 1. */
  attempts?: number
  timeoutMs?: number
  /** The files of an endpoint whose body is a form. */
  files?: RequestOptions['files']
}

/**
 * Calls any endpoint of the contract. Tokens are added and renewed; what is safe to repeat is
 * repeated after retryable failures.
 * @throws SupError, or the reason of `signal`.
 */
export type Call = <E extends Endpoint>(
  endpoint: E,
  input: CallInput<E>,
  options?: CallOptions,
) => Promise<Answer<E>>

export type CallNeeds = RequestNeeds & { tokens: Tokens; clock: Clock; log: Log }

const ATTEMPTS = 4
/** A longer wait is the caller's decision: the error says how long. */
const LONGEST_WAIT_MS = 20_000

export function createCall(needs: CallNeeds): Call {
  return async (endpoint, input, options = {}) => {
    const attempts = options.attempts ?? (isRepeatable(endpoint, input, options) ? ATTEMPTS : 1)
    for (let attempt = 0; ; attempt++) {
      try {
        return await callOnce(needs, endpoint, input, options)
      } catch (err) {
        const delay = delayBefore(err, attempt)
        if (delay === undefined || attempt + 1 >= attempts) throw err
        await wait(needs.clock, delay, options.signal)
      }
    }
  }
}

async function callOnce<E extends Endpoint>(
  needs: CallNeeds,
  endpoint: E,
  input: CallInput<E>,
  options: CallOptions,
): Promise<Answer<E>> {
  const key = options.idempotencyKey
  const send = (token?: string): Promise<Answer<E>> =>
    report(needs, endpoint, () =>
      sendRequest(needs, endpoint, input, {
        ...options,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
      }),
    )
  return endpoint.auth === 'open' ? send() : withToken(needs.tokens, send)
}

async function report<T>(needs: CallNeeds, endpoint: Endpoint, run: () => Promise<T>): Promise<T> {
  const started = needs.clock.now()
  const note = (outcome: Record<string, unknown>): void => {
    const { method, path } = endpoint
    needs.log.debug('request', { method, path, ms: needs.clock.now() - started, ...outcome })
  }
  try {
    const answer = await run()
    note({ ok: true })
    return answer
  } catch (err) {
    note(isSupError(err) ? { code: err.code, requestId: err.requestId } : { code: 'ABORTED' })
    throw err
  }
}

/** GET, PUT, PATCH and DELETE by nature, others by a key that the server remembers. */
function isRepeatable(
  endpoint: Endpoint,
  input: { body?: unknown },
  options: CallOptions,
): boolean {
  if (endpoint.method !== 'post' || options.idempotencyKey !== undefined) return true
  const { body } = input
  return typeof body === 'object' && body !== null && 'clientMessageId' in body
}

/** @returns undefined when another attempt makes no sense. */
function delayBefore(err: unknown, attempt: number): number | undefined {
  if (!isSupError(err) || !err.retryable) return undefined
  const delay = (err.retryAfterMs ?? 0) + fullJitter(attempt)
  return delay <= LONGEST_WAIT_MS ? delay : undefined
}
