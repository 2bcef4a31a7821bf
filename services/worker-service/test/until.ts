import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 25

/**
 * Waits until `look` finds something: not undefined and not false.
 *
 * @throws Error with `what` when it has not after `limitMs`.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const limit = AbortSignal.timeout(limitMs)
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (limit.aborted) throw new Error(`not within ${limitMs} ms: ${what}`)
    await sleep(POLL_MS)
  }
}
