import { type Endpoint, conflict, idempotencyConflict, validationError } from '@sup/types'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from './app-error.js'
import { type ErrorPart, errorPart, toAppError } from './envelope.js'
import type { IdempotencyKey, IdempotencyStore, StoredAnswer } from './types.js'

const WAIT_MS = 3000
const POLL_MS = 75
const MAX_KEY = 128

/** A repetition is answered from what was stored. */
export type Kept = { replayed: boolean; answer: StoredAnswer }

/** `POST /messages` has its own permanent keys, which the use case keeps. */
export const keepsAnswers = (spec: Endpoint): boolean =>
  spec.method === 'post' && spec.path !== '/api/v1/messages'

/**
 * Reads the header.
 *
 * @throws AppError `VALIDATION_ERROR` when it is empty or longer than 128 characters.
 */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = Array.isArray(header) ? header.join(',') : header
  const length = Array.from(key).length
  if (length >= 1 && length <= MAX_KEY) return key
  throw new AppError(validationError, [
    { path: 'Idempotency-Key', message: `must have 1 to ${MAX_KEY} characters` },
  ])
}

/** One hash for equal requests, whatever the order of their members. */
export const hashRequest = (input: { query: unknown; body: unknown }): string =>
  createHash('sha256')
    .update(canonical([input.query, input.body]))
    .digest('hex')

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null)
    return value === undefined ? 'null' : JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}

/**
 * Runs a request once per key: a repetition gets the stored outcome.
 *
 * Refusals are outcomes too; what a later attempt may answer differently (5xx and 429) is not kept, nor what
 * never was a valid request (400).
 *
 * @param run Does the work; what it throws is thrown here as well.
 * @throws AppError `IDEMPOTENCY_CONFLICT` for another request under this key, `CONFLICT` when the first
 *   one is still running after three seconds.
 */
export async function runOnce(
  store: IdempotencyStore,
  key: IdempotencyKey,
  requestHash: string,
  run: () => Promise<StoredAnswer>,
): Promise<Kept> {
  for (let waited = 0; ; waited += POLL_MS) {
    const claim = await store.begin(key, requestHash)
    if (claim.state === 'started') {
      return { replayed: false, answer: await runAndKeep(store, key, run) }
    }
    if (claim.requestHash !== requestHash) throw new AppError(idempotencyConflict)
    if (claim.state === 'done') return { replayed: true, answer: claim.answer }
    if (waited >= WAIT_MS) throw new AppError(conflict, undefined, { retryAfterMs: 1000 })
    await sleep(POLL_MS)
  }
}

async function runAndKeep(
  store: IdempotencyStore,
  key: IdempotencyKey,
  run: () => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  let answer: StoredAnswer
  try {
    answer = await run()
  } catch (err) {
    const refusal = toAppError(err)
    if (isFinal(refusal.type.status)) {
      await store.finish(key, { status: refusal.type.status, body: { error: errorPart(refusal) } })
    } else await store.release(key)
    throw err
  }
  await store.finish(key, answer)
  return answer
}

const isFinal = (status: number): boolean => status < 500 && status !== 429 && status !== 400

/** The stored refusal, when the outcome was one. */
export function storedError({ body }: StoredAnswer): ErrorPart | undefined {
  const part = body['error']
  // A parsing border: only `runAndKeep` writes this member.
  return part === undefined ? undefined : (part as ErrorPart)
}
