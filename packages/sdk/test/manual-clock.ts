import type { Clock } from '../src/base/clock.js'

/** A clock that stands until it is moved. */
export type ManualClock = Clock & {
  /** Moves the time and runs, in order, what falls due; waits for what that starts. */
  advance: (ms: number) => Promise<void>
}

export function createManualClock(start = 1_700_000_000_000): ManualClock {
  let now = start
  let timers: { at: number; run: () => void }[] = []
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      const end = now + ms
      for (;;) {
        await settle()
        const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        now = next.at
        timers = timers.filter((timer) => timer !== next)
        next.run()
      }
      now = end
      await settle()
    },
  }
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}
