import type { JobType, Payload } from '@sup/types'
import Bull from 'bull'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { PermanentFailure } from '../duties/delivery.js'
import { type Logger, runWithRequest } from '../log/index.js'
import type { Metrics } from '../metrics/index.js'
import { forgetFailed } from './failed-jobs.js'
import { inTime } from './in-time.js'
import { keepSchedule } from './keep-schedule.js'

const CLOSE_GRACE_MS = 10_000
const ATTEMPTS = 3
const FIRST_PAUSE_MS = 2000
/** Failed jobs stay for somebody to look at: so many per queue, for so long. */
const KEEP_FAILED = { count: 1000, age: 7 * 86_400 }

/** What a handler knows about the job besides its payload. */
export type RunningJob = { id: string; name: string; attempt: number }

/** One kind of job and what executes it; made by `onJob`. */
export type JobHandler = {
  name: string
  run: (data: unknown, job: RunningJob) => Promise<void>
}

/** Execution of jobs in this service: Bull. It lives in Redis, so what must happen is a duty as well. */
export type JobQueue = {
  /**
   * Adds a job once per `jobId`: while a job of that id waits or runs, adding it again does nothing. One
   * that failed for good and is kept makes way, and its work begins anew with all its attempts.
   *
   * @throws AppError `SERVICE_UNAVAILABLE` when Redis does not take it within five seconds.
   */
  add: <J extends JobType>(
    job: J,
    payload: z.input<J['payload']>,
    options: { jobId: string },
  ) => Promise<void>
  /** Starts executing. A job of a kind that is not listed fails for good. */
  process: (handlers: readonly JobHandler[], options?: { concurrency?: number }) => void
  /**
   * Adds a job every `everyMs` milliseconds, on the same instants in all processes and only once per
   * instant. The schedule is asserted again every minute at most, because Redis may be emptied.
   */
  schedule: <J extends JobType>(
    job: J,
    payload: z.input<J['payload']>,
    options: { everyMs: number; jobId: string },
  ) => Promise<void>
  depth: () => Promise<{ waiting: number; active: number; delayed: number; failed: number }>
  /** Stops taking jobs in this process; running ones go on. */
  pause: () => Promise<void>
  /** Stops, lets running jobs finish for at most `graceMs`, and disconnects. */
  close: (graceMs?: number) => Promise<void>
}

/**
 * Binds a kind of job to what executes it. A payload that does not fit fails for good; PermanentFailure
 * does as well, every other error is tried again.
 */
export const onJob = <J extends JobType>(
  job: J,
  handler: (payload: Payload<J>, running: RunningJob) => Promise<void>,
): JobHandler => ({
  name: job.name,
  run: async (data, running) => {
    const payload = job.payload.safeParse(data)
    if (!payload.success) throw new PermanentFailure(`the payload of ${job.name} does not fit`)
    // A parsing border: the schema that has just parsed it is the one `Payload` takes its type from.
    await handler(payload.data as Payload<J>, running)
  },
})

/**
 * Opens a Bull queue.
 *
 * @param options `redisUrl`: a Redis with `maxmemory-policy noeviction`.
 */
export function createJobQueue(options: {
  name: string
  redisUrl: string
  prefix?: string
  log: Logger
  metrics: Metrics
}): JobQueue {
  const { name, log, metrics } = options
  const queue = new Bull<unknown>(name, options.redisUrl, { prefix: options.prefix ?? 'bull' })
  const run = makeRunner({ name, log, metrics })
  const stopSchedules = new AbortController()
  queue.on('error', (err: unknown) => {
    log.warn('The job queue has trouble with Redis', { queue: name, err })
  })

  return {
    async add(job, payload, { jobId }) {
      await inTime(addAnew(queue, job.name, payload, { ...optionsOf(job), jobId }))
    },
    process(handlers, { concurrency = 1 } = {}) {
      const byName = new Map(handlers.map((handler) => [handler.name, handler]))
      queue
        .process('*', concurrency, (job) => run(byName.get(job.name), job))
        .catch((err: unknown) => {
          log.error('The job queue stopped', { queue: name, err })
        })
    },
    schedule: (job, payload, { everyMs, jobId }) =>
      keepSchedule({
        queue,
        job: { name: job.name, payload, options: { ...optionsOf(job), jobId } },
        everyMs,
        log,
        signal: stopSchedules.signal,
      }),
    async depth() {
      const { waiting, active, delayed, failed } = await inTime(queue.getJobCounts())
      return { waiting, active, delayed, failed }
    },
    pause: () => inTime(queue.pause(true, true)),
    async close(graceMs = CLOSE_GRACE_MS) {
      stopSchedules.abort()
      await Promise.race([
        queue.close().catch(() => undefined),
        sleep(graceMs, undefined, { ref: false }),
      ])
    },
  }
}

/** Two that add one id at once: the first takes the failed job away, the other then finds the new one. */
async function addAnew(
  queue: Bull.Queue<unknown>,
  name: string,
  payload: unknown,
  options: Bull.JobOptions & { jobId: string },
): Promise<void> {
  await forgetFailed(queue, options.jobId)
  await queue.add(name, payload, options)
}

/** Done jobs leave: a duty that is relayed again must find its id free. */
const optionsOf = (job: JobType): Bull.JobOptions => ({
  attempts: job.attempts > 0 ? job.attempts : ATTEMPTS,
  backoff: { type: 'exponential', delay: FIRST_PAUSE_MS },
  timeout: job.timeoutMs,
  ...(job.delayMs === undefined ? {} : { delay: job.delayMs }),
  removeOnComplete: true,
  removeOnFail: KEEP_FAILED,
})

function makeRunner(parts: { name: string; log: Logger; metrics: Metrics }) {
  const { name: queue, log, metrics } = parts
  const total = metrics.counter('sup_jobs_total', 'Jobs executed', ['queue', 'name', 'result'])
  const duration = metrics.histogram('sup_job_duration_seconds', 'Duration of jobs in seconds', [
    'queue',
    'name',
  ])
  return async (handler: JobHandler | undefined, job: Bull.Job<unknown>): Promise<void> => {
    const name = handler?.name ?? 'unknown'
    const running = { id: String(job.id), name: job.name, attempt: job.attemptsMade + 1 }
    const stopTimer = duration.startTimer({ queue, name })
    try {
      if (!handler) throw new PermanentFailure(`nobody executes ${job.name}`)
      const requestId = running.id.replace(/[^\w.-]/g, '-').slice(0, 128)
      await runWithRequest({ requestId }, () => handler.run(job.data, running))
      total.inc({ queue, name, result: 'done' })
    } catch (err) {
      const isLast = err instanceof PermanentFailure || running.attempt >= (job.opts.attempts ?? 1)
      if (err instanceof PermanentFailure) await job.discard()
      total.inc({ queue, name, result: isLast ? 'failed' : 'retried' })
      const story = { queue, job: running, err }
      if (isLast) log.error('A job failed for good', story)
      else log.warn('A job failed and is tried again', story)
      throw err
    } finally {
      stopTimer()
    }
  }
}
