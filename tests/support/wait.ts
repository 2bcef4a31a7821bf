import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 50

/**
 * Waits for a fact that announces itself to nobody, such as a row of a table.
 *
 * @returns what `look` found: the first value that is neither false nor undefined
 * @throws Error that names `what` when it has not come within `limitMs`; a failing `look` counts as no
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | undefined> | T | false | undefined,
  limitMs = 10_000,
): Promise<T> {
  const end = performance.now() + limitMs
  let failure: unknown
  for (;;) {
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      failure = error
    }
    if (performance.now() > end) {
      throw new Error(`${what}: not within ${limitMs} ms`, { cause: failure })
    }
    await sleep(LOOK_MS)
  }
}

/** Fails instead of waiting for ever. */
export async function within<T>(what: string, limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what}: not within ${limitMs} ms`))
    }, limitMs)
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}
