import type { Clock } from '../clock/index.js'
import { isAppError } from '../http/app-error.js'

export type BreakerState = 'closed' | 'open' | 'half-open'

export type BreakerOptions = {
  clock: Clock
  /** How many failures in a row open it; 5 if absent. */
  failures?: number
  /** How long it stays open before one call may probe, in milliseconds; 60 000 if absent. */
  resetAfterMs?: number
  /** Errors that say nothing about the dependency: neither a failure nor a success. */
  isNeutral?: (err: unknown) => boolean
  /** Told of every change of state, for `sup_breaker_state`. */
  onState?: (state: BreakerState) => void
}

/** Thrown instead of calling a dependency that has failed repeatedly. */
export class BreakerOpenError extends Error {
  override name = 'BreakerOpenError'

  constructor() {
    super('Circuit breaker is open')
  }
}

/** The value of `sup_breaker_state` for each state. */
export const breakerGauge: Readonly<Record<BreakerState, number>> = {
  closed: 0,
  'half-open': 1,
  open: 2,
}

/**
 * Stops calling a dependency that fails, so that callers fail fast and it can recover.
 *
 * After five failures in a row it opens; 60 s later exactly one call is let through at a time, and its
 * outcome closes or opens it again. A refusal with a 4xx status is an answer, not a failure.
 */
export class CircuitBreaker {
  #state: BreakerState = 'closed'
  #failures = 0
  #openedAt = 0
  #probeStartedAt: number | undefined
  /** Grows with every change of state: the outcome of a call from before the change says nothing now. */
  #era = 0
  readonly #options: Required<Omit<BreakerOptions, 'onState' | 'isNeutral'>> &
    Pick<BreakerOptions, 'onState' | 'isNeutral'>

  constructor(options: BreakerOptions) {
    this.#options = { failures: 5, resetAfterMs: 60_000, ...options }
  }

  get state(): BreakerState {
    return this.#state
  }

  /**
   * Calls `fn` unless the breaker is open.
   *
   * @throws BreakerOpenError when it is open, or half-open with a probe under way; else what `fn` throws.
   */
  async call<T>(fn: () => Promise<T>): Promise<T> {
    this.#admit()
    const era = this.#era
    try {
      const result = await fn()
      if (era === this.#era) this.#succeeded()
      return result
    } catch (err) {
      if (era === this.#era) this.#ended(err)
      throw err
    }
  }

  #admit(): void {
    if (this.#state === 'closed') return
    const now = this.#options.clock.now().getTime()
    const waitsSince = this.#state === 'open' ? this.#openedAt : this.#probeStartedAt
    // A probe that never ends must not keep the breaker half-open for ever.
    if (waitsSince !== undefined && now - waitsSince < this.#options.resetAfterMs) {
      throw new BreakerOpenError()
    }
    this.#enter('half-open')
    this.#probeStartedAt = now
  }

  #ended(err: unknown): void {
    if (this.#options.isNeutral?.(err)) {
      // A probe that found out nothing makes way for the next one.
      this.#probeStartedAt = undefined
      return
    }
    if (isAppError(err) && err.type.status < 500) {
      this.#succeeded()
      return
    }
    this.#failures += 1
    if (this.#state === 'half-open' || this.#failures >= this.#options.failures) {
      this.#openedAt = this.#options.clock.now().getTime()
      this.#enter('open')
    }
  }

  #succeeded(): void {
    this.#failures = 0
    if (this.#state !== 'closed') this.#enter('closed')
  }

  #enter(state: BreakerState): void {
    this.#state = state
    this.#era += 1
    this.#probeStartedAt = undefined
    this.#options.onState?.(state)
  }
}
