import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../env/index.js'
import { type Logger, createLogger } from '../log/index.js'

const DRAIN_MS = 2000
const HARD_LIMIT_MS = 25_000

/** What a service says about its end while it starts. */
export type Life = {
  /** Called at once when the end begins: the service reports itself as not ready (`health.drain`). */
  onDrain: (fn: () => void) => void
  /** Called after `stop`, the last one registered first: what was opened first is closed last. */
  afterStop: (fn: () => unknown) => void
}

export type ServiceOptions = {
  name: string
  /** Starts the service; the returned function stops it: nothing new in, what runs is finished. */
  start: (life: Life) => Promise<() => unknown>
  /** Until a service has made its own, one that writes to standard output. */
  log?: Logger
  /** How long it stays up, not ready, so that nobody sends anything new; 2 s if absent. */
  drainMs?: number
}

/**
 * Runs a service as this process, from its start to its clean end.
 *
 * SIGTERM or SIGINT: not ready, pause, `stop`, then `afterStop` in reverse, exit 0. A second signal, an end
 * that takes longer than 25 s, a failing start and an error that nobody handled exit with 1.
 */
export function runService(options: ServiceOptions): void {
  const log = options.log ?? createLogger({ service: options.name, level: 'info' })
  const drains: (() => void)[] = []
  const afterStop: (() => unknown)[] = []
  let isEnding = false
  let stop: (() => unknown) | undefined

  const fail = (message: string, err: unknown): void => {
    log.error(message, { err })
    process.exit(1)
  }
  process.on('uncaughtException', (err) => {
    fail('Nobody caught an error', err)
  })
  process.on('unhandledRejection', (err) => {
    fail('Nobody handled a rejection', err)
  })

  const end = async (): Promise<void> => {
    for (const fn of drains) fn()
    // Nothing was promised to anybody while it was still starting.
    if (stop) await sleep(options.drainMs ?? DRAIN_MS)
    await stop?.()
    for (const fn of afterStop.reverse()) await fn()
    log.info('Stopped')
    process.exit(0)
  }
  const onSignal = (signal: string): void => {
    if (isEnding) {
      fail('A second signal: ending at once', undefined)
      return
    }
    isEnding = true
    log.info('Stopping', { signal })
    setTimeout(() => {
      fail(`Not stopped within ${HARD_LIMIT_MS} ms`, undefined)
    }, HARD_LIMIT_MS).unref()
    end().catch((err: unknown) => {
      fail('Stopping failed', err)
    })
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)

  const life: Life = {
    onDrain: (fn) => void drains.push(fn),
    afterStop: (fn) => void afterStop.push(fn),
  }
  options
    .start(life)
    .then((stopIt) => {
      stop = stopIt
      log.info('Started')
    })
    .catch((err: unknown) => {
      // The list is for the operator, who reads it on a terminal.
      if (err instanceof ConfigError) process.stderr.write(`${err.message}\n`)
      if (!isEnding) fail('The service could not start', err)
    })
}
