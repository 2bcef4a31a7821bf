export type BucketTake = {
  /** `rl:{class}:{key}`. */
  key: string
  /** Tokens that flow in per second. */
  rate: number
  /** Tokens that fit in. */
  burst: number
  /** Tokens to take, 1 as a rule; 0 looks whether one is over its limit, less than 0 gives back. */
  count: number
}

export type BucketResult = {
  allowed: boolean
  remaining: number
  /** When enough tokens will be there, in milliseconds; 0 when they were. */
  retryAfterMs: number
}
