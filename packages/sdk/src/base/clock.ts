/** Time as the SDK sees it; tests give their own. */
export type Clock = {
  /** Milliseconds since 1970. */
  now: () => number
  /** Calls `run` once after `ms` milliseconds; the returned function cancels that. */
  after: (ms: number, run: () => void) => () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}

/**
 * Resolves after `ms` milliseconds.
 * @throws the reason of `signal` as soon as it is aborted.
 */
export function wait(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal))
      return
    }
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    const abort = (): void => {
      cancel()
      if (signal) reject(abortReason(signal))
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/** What an aborted operation throws: the caller's own reason when that is an error. */
export function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}
