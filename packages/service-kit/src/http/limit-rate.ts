import { type Endpoint, rateLimited } from '@sup/types'
import type { ServerResponse } from 'node:http'
import { addressKey } from './address-key.js'
import { AppError } from './app-error.js'
import type { AppContext, Identity, RateResult } from './types.js'

/**
 * Counts a request in every rate class of its endpoint and says so in the headers.
 *
 * The key is the account, or the address of a caller who is not logged in; class `auth` always counts
 * addresses. A service that acts for itself is not limited.
 *
 * @throws AppError `RATE_LIMITED`.
 */
export async function limitRate(
  { limiter, metrics }: AppContext,
  spec: Endpoint,
  who: { identity: Identity; ip: string },
  res: ServerResponse,
): Promise<void> {
  const account = accountOf(who.identity)
  if (!limiter || (who.identity.kind === 'service' && account === undefined)) return
  const seen: [string, RateResult][] = []
  for (const rateClass of classesOf(spec)) {
    const key = account === undefined || rateClass === 'auth' ? addressKey(who.ip) : account
    const result = await limiter.take(rateClass, key)
    if (!result) continue
    seen.push([rateClass, result])
    describe(seen, res)
    if (!result.allowed) {
      metrics
        .counter('sup_rate_limited_total', 'Requests refused by a rate limit', ['class'])
        .inc({ class: rateClass })
      throw new AppError(rateLimited, undefined, { retryAfterMs: result.retryAfterMs })
    }
  }
}

function accountOf(identity: Identity): string | undefined {
  if (identity.kind === 'user') return identity.userId
  return identity.kind === 'service' ? identity.onBehalfOf?.userId : undefined
}

/** Everything but sends and reads of media counts as `api`; log-ins and searches count twice. */
function classesOf(spec: Endpoint): string[] {
  const rateClass = spec.limit ?? 'api'
  if (rateClass === 'none') return []
  return ALONE.has(rateClass) ? [rateClass] : ['api', rateClass]
}

const ALONE: ReadonlySet<string> = new Set(['api', 'message', 'media'])

function describe(seen: readonly [string, RateResult][], res: ServerResponse): void {
  const policies = seen.map(
    ([name, { quota, windowSeconds }]) => `"${name}";q=${quota};w=${windowSeconds}`,
  )
  const states = seen.map(
    ([name, { remaining, resetMs }]) => `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`,
  )
  res.setHeader('RateLimit-Policy', policies.join(', '))
  res.setHeader('RateLimit', states.join(', '))
}
