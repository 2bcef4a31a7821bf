/** The token bucket of one socket, in memory: it lives and dies with the connection. */
export type EventRate = {
  tokens: number
  /** Unix milliseconds. */
  refilledAt: number
  /** Since when the socket has been over its rate without a pause, in Unix milliseconds. */
  overSince: number | undefined
}

export type EventLimit = { perSecond: number; burst: number }

export type RateVerdict =
  { isAllowed: true } | { isAllowed: false; retryAfterMs: number; isFlood: boolean }

const FLOOD_MS = 5000
const ALLOWED: RateVerdict = { isAllowed: true }

/**
 * The rate of class `socket events` (wire-contract 15.1): four times the message rate, at least 20 a second,
 * with a burst of double. It follows the message rate so that it never forbids what that one allows.
 */
export function socketEventLimit(messagesPerMinute: number): EventLimit {
  const perSecond = Math.max(20, Math.ceil((4 * messagesPerMinute) / 60))
  return { perSecond, burst: 2 * perSecond }
}

/** The rate of class `handshakes`, per node (wire-contract 15.1). */
export function handshakeLimit(apiPerMinute: number): EventLimit {
  const perSecond = Math.max(200, 2 * apiPerMinute)
  return { perSecond, burst: 2 * perSecond }
}

/** A full bucket. */
export const startRate = (limit: EventLimit, now: number): EventRate => ({
  tokens: limit.burst,
  refilledAt: now,
  overSince: undefined,
})

/**
 * Takes one token. A socket that is refused for five seconds without having let its bucket fill up to one
 * second's worth in between floods, and is to be closed.
 *
 * @param now Unix milliseconds; a clock that went back refills nothing.
 */
export function takeEvent(rate: EventRate, limit: EventLimit, now: number): RateVerdict {
  const elapsed = Math.max(0, now - rate.refilledAt)
  rate.tokens = Math.min(limit.burst, rate.tokens + (elapsed * limit.perSecond) / 1000)
  rate.refilledAt = now
  if (rate.tokens >= limit.perSecond) rate.overSince = undefined
  if (rate.tokens >= 1) {
    rate.tokens -= 1
    return ALLOWED
  }
  rate.overSince ??= now
  const retryAfterMs = Math.ceil(((1 - rate.tokens) * 1000) / limit.perSecond)
  return { isAllowed: false, retryAfterMs, isFlood: now - rate.overSince >= FLOOD_MS }
}
