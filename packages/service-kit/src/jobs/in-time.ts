import { setTimeout as sleep } from 'node:timers/promises'
import { unavailable } from '../http/app-error.js'

const REDIS_TIMEOUT_MS = 5000

/**
 * Waits for Redis for at most five seconds.
 *
 * @throws AppError `SERVICE_UNAVAILABLE` for a failure and for no answer.
 */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = new AbortController()
  try {
    return await Promise.race([work, failAfter(REDIS_TIMEOUT_MS, late.signal)])
  } catch (err) {
    throw unavailable(err)
  } finally {
    late.abort()
  }
}

async function failAfter(ms: number, signal: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { signal, ref: false })
  throw new Error(`Redis has not answered in ${ms} ms`)
}
