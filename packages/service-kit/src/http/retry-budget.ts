const EARNED_PER_CALL = 0.1
const MOST = 10

/** Keeps retries below a tenth of the calls, so that they cannot multiply an overload. */
export function retryBudget(): { earn(): void; spend(): boolean } {
  let tokens = MOST
  return {
    earn() {
      tokens = Math.min(MOST, tokens + EARNED_PER_CALL)
    },
    spend() {
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
