import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until `look` finds something: for states of a server that tells nobody when they change.
 *
 * @throws Error after `ms` milliseconds.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  ms = 10_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + ms
  for (;;) {
    const found = await Promise.resolve(look()).catch(() => undefined)
    if (found) return found
    if (Date.now() > end) throw new Error(`nothing was found in ${ms} ms: ${look.toString()}`)
    await sleep(20)
  }
}
