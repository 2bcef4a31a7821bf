import type { Deps } from '../src/deps.js'

/** Everything published on a channel since the call. */
export type HintRecord = {
  seen: unknown[]
  /** Resolves with the first hint, seen or still to come, that `fits`. */
  find: (fits: (hint: Record<string, unknown>) => boolean) => Promise<unknown>
  stop: () => Promise<void>
}

export async function recordHints({ hints }: Deps, channel: string): Promise<HintRecord> {
  const seen: unknown[] = []
  const waiting = new Set<() => void>()
  const handler = (hint: unknown): void => {
    seen.push(hint)
    for (const look of [...waiting]) look()
  }
  await hints.subscribe(channel, handler)
  return {
    seen,
    find: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = seen.find((hint) => fits(hint as Record<string, unknown>))
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    stop: () => hints.unsubscribe(channel, handler),
  }
}
