import { AppError } from '@sup/service-kit/http'
import { rateLimited } from '@sup/types'
import type { Needs } from '../../deps.js'

/**
 * Counts an attempt before it is known to fail, so that many at once cannot pass together, and takes it
 * back unless the password was wrong.
 *
 * @throws AppError `RATE_LIMITED` when there were too many failures.
 */
export async function countingFailures(
  { limiter }: Needs<'limiter'>,
  key: string,
  verify: () => Promise<boolean>,
): Promise<boolean> {
  const state = await limiter.take('failed-log-ins', key)
  if (state && !state.allowed) {
    throw new AppError(rateLimited, undefined, { retryAfterMs: state.retryAfterMs })
  }
  let isWrong = false
  try {
    const isRight = await verify()
    isWrong = !isRight
    return isRight
  } finally {
    if (!isWrong) await limiter.giveBack('failed-log-ins', key)
  }
}
