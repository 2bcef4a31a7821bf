import type { PushPayload } from '@sup/types'

/** What became of one push. */
export type PushOutcome =
  | { kind: 'sent' }
  /** The provider does not know the token any more, or never did. */
  | { kind: 'invalid' }
  /** No later attempt can succeed. */
  | { kind: 'refused'; reason: string }
  | { kind: 'later'; reason: 'rate_limited' | 'unavailable'; retryAfterMs?: number }

/** What is pushed to one device. */
export type Push = {
  platform: 'android' | 'ios' | 'web'
  /** The token of FCM, or the subscription of Web Push as JSON. */
  token: string
  payload: PushPayload
}

/** One way to push. It never throws for what a provider answers or does not answer. */
export type PushChannel = {
  push: (push: Push) => Promise<PushOutcome>
}

/** How long a provider keeps a push for a device that is off. */
export const PUSH_LIFE_SECONDS = 86_400

/**
 * What an answer means by its status, where the provider has no rules of its own.
 *
 * @param retryAfter The header, in seconds or as a date.
 */
export function outcomeOf(status: number, retryAfter: string | undefined, now: Date): PushOutcome {
  if (status >= 200 && status < 300) return { kind: 'sent' }
  const wait = retryAfter === undefined ? undefined : waitOf(retryAfter, now)
  const after = wait === undefined ? {} : { retryAfterMs: wait }
  if (status === 429) return { kind: 'later', reason: 'rate_limited', ...after }
  if (status >= 500) return { kind: 'later', reason: 'unavailable', ...after }
  return { kind: 'refused', reason: `refused_${status}` }
}

function waitOf(retryAfter: string, now: Date): number | undefined {
  if (/^\d{1,6}$/.test(retryAfter)) return Number(retryAfter) * 1000
  const at = Date.parse(retryAfter)
  return Number.isNaN(at) ? undefined : Math.max(at - now.getTime(), 0)
}
