import type { Clock } from '../clock/index.js'
import type { Logger } from '../log/index.js'

const TIMEOUT_MS = 1000
const CACHE_MS = 2000

/** Names in the log lines of seed document 000. */
const LABELS: Readonly<Record<string, string>> = {
  database: 'Database',
  redis: 'Redis',
  rabbitmq: 'RabbitMQ',
  storage: 'Storage',
  mainApi: 'Main API',
}

export type CheckResult = 'ok' | 'error'

/** What a service knows about its dependencies. */
export type Health = {
  /** Every check, each with a time limit of 1 s, at most 2 s old. */
  check: () => Promise<Readonly<Record<string, CheckResult>>>
  /** Can the service do its work? False from `drain` on. */
  isReady: () => Promise<boolean>
  /** From now on the service is not ready: nothing new shall be sent to it. */
  drain: () => void
}

/**
 * Checks the dependencies of a service.
 *
 * @param checks  By name; a check fails by rejecting or by taking longer than a second.
 * @param options `readyWhen` names the checks without which the service cannot work; all if absent.
 */
export function healthChecks<Name extends string>(
  checks: Readonly<Record<Name, () => Promise<unknown>>>,
  options: { readyWhen?: readonly NoInfer<Name>[]; log: Logger; clock: Clock },
): Health {
  const { log, clock } = options
  const names = Object.keys(checks)
  const readyWhen: readonly string[] = options.readyWhen ?? names
  let isDraining = false
  let cached: { at: number; results: Promise<Record<string, CheckResult>> } | undefined

  const runOne = async (
    name: string,
    fn: () => Promise<unknown>,
  ): Promise<[string, CheckResult]> => {
    try {
      await within(fn())
      return [name, 'ok']
    } catch (err) {
      log.error(`${LABELS[name] ?? name} health check failed:`, { err })
      return [name, 'error']
    }
  }
  const runAll = async (): Promise<Record<string, CheckResult>> => {
    const entries = Object.entries<() => Promise<unknown>>(checks)
    return Object.fromEntries(await Promise.all(entries.map(([name, fn]) => runOne(name, fn))))
  }
  const check = (): Promise<Record<string, CheckResult>> => {
    const now = clock.now().getTime()
    // Younger than nothing: a clock that was set back must not freeze the result.
    if (!cached || now - cached.at >= CACHE_MS || now < cached.at) {
      cached = { at: now, results: runAll() }
    }
    return cached.results
  }
  return {
    check,
    async isReady() {
      if (isDraining) return false
      const results = await check()
      return readyWhen.every((name) => results[name] === 'ok')
    },
    drain() {
      isDraining = true
    },
  }
}

async function within(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer in ${TIMEOUT_MS} ms`))
    }, TIMEOUT_MS)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
