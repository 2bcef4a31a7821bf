const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** How long a repetition counts as the same wish: npm and the terminal both pass Ctrl-C on. */
const SAME_WISH_MS = 1500

/**
 * Calls `stop` on the first signal to end, and `giveUp` when one comes again later because the
 * stop takes too long for somebody.
 */
export function onSignal(stop: (signal: string) => void, giveUp: () => void): void {
  let firstAt: number | undefined
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = Date.now()
        stop(signal)
      } else if (Date.now() - firstAt > SAME_WISH_MS) {
        giveUp()
      }
    })
  }
}
