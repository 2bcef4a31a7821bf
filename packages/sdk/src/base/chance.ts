/** A number in [0, 1) that nobody can guess; `Math.random` would be good enough only for jitter. */
export function random(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1))
  return word / 2 ** 32
}

/** The longest and the first wait between two attempts, in milliseconds. */
export type Backoff = { firstMs: number; longestMs: number }

export const BACKOFF: Backoff = { firstMs: 500, longestMs: 30_000 }

/**
 * Full jitter: anything between nothing and the doubled wait, so that clients which failed together
 * do not come back together.
 * @param attempt 0 after the first failure.
 */
export function fullJitter(attempt: number, backoff: Backoff = BACKOFF): number {
  const ceiling = Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(attempt, 20))
  return Math.ceil(random() * ceiling)
}
