import type { Logger } from '../log/index.js'

const PAUSE_MS = 5000

/** Warns at most once in five seconds per message, and says how many were left out. */
export function warnRarely(log: Logger): (message: string, fields: object) => void {
  const quiet = new Map<string, number>()
  return (message, fields) => {
    const skipped = quiet.get(message)
    if (skipped !== undefined) {
      quiet.set(message, skipped + 1)
      return
    }
    log.warn(message, fields)
    quiet.set(message, 0)
    setTimeout(() => {
      const count = quiet.get(message) ?? 0
      quiet.delete(message)
      if (count > 0) log.warn(`${message} (repeated)`, { count })
    }, PAUSE_MS).unref()
  }
}
