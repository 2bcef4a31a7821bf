import { type BreakerState, BreakerOpenError, CircuitBreaker } from '@sup/service-kit/breaker'
import type { Clock } from '@sup/service-kit/clock'
import type { PushOutcome } from './push-channel.js'

/** The longest wait that is believed: a provider that asks for more is asked again all the same. */
const LONGEST_WAIT_MS = 3_600_000

/** Lets calls to one provider through, unless it has asked for patience or is down. */
export type PushGate = (send: () => Promise<PushOutcome>) => Promise<PushOutcome>

/** Thrown through the breaker, which counts what is thrown. */
class DownError extends Error {
  constructor(
    readonly outcome: PushOutcome,
    options?: ErrorOptions,
  ) {
    super('The push provider is down', options)
  }
}

/**
 * A gate before one provider: after "too many requests, try again in N seconds" nothing is sent for N seconds, and
 * after five failures in a row nothing for a minute. What is not sent is `later`. Never throws.
 */
export function createPushGate(options: {
  clock: Clock
  onState?: (state: BreakerState) => void
  onError: (err: unknown) => void
}): PushGate {
  const { clock, onError } = options
  const breaker = new CircuitBreaker(options)
  let closedUntil = 0

  const attempt = async (send: () => Promise<PushOutcome>): Promise<PushOutcome> => {
    const outcome = await send().catch((cause: unknown) => {
      throw new DownError({ kind: 'later', reason: 'unavailable' }, { cause })
    })
    if (outcome.kind !== 'later') return outcome
    const wait = Math.min(outcome.retryAfterMs ?? 0, LONGEST_WAIT_MS)
    closedUntil = Math.max(closedUntil, clock.now().getTime() + wait)
    if (outcome.reason === 'unavailable') throw new DownError(outcome)
    return outcome
  }

  return async (send) => {
    if (clock.now().getTime() < closedUntil) return { kind: 'later', reason: 'rate_limited' }
    try {
      return await breaker.call(() => attempt(send))
    } catch (err) {
      if (err instanceof BreakerOpenError) return { kind: 'later', reason: 'unavailable' }
      onError(err instanceof DownError ? (err.cause ?? err) : err)
      return err instanceof DownError ? err.outcome : { kind: 'later', reason: 'unavailable' }
    }
  }
}
