import type Bull from 'bull'
import type { Logger } from '../log/index.js'

const LONGEST_INTERVAL_MS = 60_000

type Schedule = {
  queue: Bull.Queue<unknown>
  job: { name: string; payload: unknown; options: Bull.JobOptions }
  everyMs: number
  log: Logger
  signal: AbortSignal
}

/**
 * Asserts a repeated job now and again and again until `signal` aborts.
 *
 * Bull derives the id of each occurrence from its instant, so that any number of processes that assert the
 * same schedule make one job per instant, and a Redis that was emptied has it back within a minute.
 */
export async function keepSchedule(schedule: Schedule): Promise<void> {
  const { job, everyMs, log, signal } = schedule
  const attempt = (): Promise<void> =>
    assertOnce(schedule).catch((err: unknown) => {
      log.warn('A schedule could not be asserted', { job: job.name, err })
    })
  const timer = setInterval(() => void attempt(), Math.min(everyMs, LONGEST_INTERVAL_MS))
  timer.unref()
  signal.addEventListener('abort', () => {
    clearInterval(timer)
  })
  await attempt()
}

async function assertOnce({ queue, job, everyMs }: Schedule): Promise<void> {
  // A release with another interval must not leave the old schedule behind.
  for (const known of await queue.getRepeatableJobs()) {
    const isOutdated = known.name === job.name && known.every !== everyMs
    if (isOutdated) await queue.removeRepeatableByKey(known.key)
  }
  await queue.add(job.name, job.payload, { ...job.options, repeat: { every: everyMs } })
}
