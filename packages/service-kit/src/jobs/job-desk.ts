import Bull from 'bull'
import type { Logger } from '../log/index.js'
import { retryFailed } from './failed-jobs.js'
import { inTime } from './in-time.js'

export const JOB_STATES = ['waiting', 'active', 'delayed', 'failed'] as const
export type JobState = (typeof JOB_STATES)[number]
export type JobCounts = Record<JobState, number>

/** A job without what it is about. */
export type JobNote = {
  id: string
  name: string
  state: JobState
  attempts: number
  addedAt: string
  finishedAt: string | undefined
  failedReason: string | undefined
}

/**
 * Looks at the jobs of other processes and executes none. Connections are opened when somebody asks.
 *
 * Everything throws AppError `SERVICE_UNAVAILABLE` when Redis does not answer within five seconds.
 */
export type JobDesk = {
  counts: (queue: string) => Promise<JobCounts>
  /** At most `limit` jobs of one state, newest first. */
  list: (queue: string, state: JobState, limit: number) => Promise<JobNote[]>
  /** Lets a failed job begin anew; false when there is no failed job of this id. */
  retry: (queue: string, jobId: string) => Promise<boolean>
  /** The queue itself, for a board that shows it. */
  queue: (name: string) => Bull.Queue<unknown>
  close: () => Promise<void>
}

/** Makes a desk; nothing is connected yet. */
export function createJobDesk(options: {
  redisUrl: string
  prefix?: string
  log: Logger
}): JobDesk {
  const { redisUrl, prefix = 'bull', log } = options
  const queues = new Map<string, Bull.Queue<unknown>>()
  const open = (name: string): Bull.Queue<unknown> => {
    const known = queues.get(name)
    if (known) return known
    const queue = new Bull<unknown>(name, redisUrl, { prefix })
    queue.on('error', (err: unknown) => {
      log.warn('The job queue has trouble with Redis', { queue: name, err })
    })
    queues.set(name, queue)
    return queue
  }
  return {
    queue: open,
    async counts(name) {
      const { waiting, active, delayed, failed } = await inTime(open(name).getJobCounts())
      return { waiting, active, delayed, failed }
    },
    async list(name, state, limit) {
      const jobs = await inTime(open(name).getJobs([state], 0, limit - 1))
      // A job may end between the list and its data.
      return jobs
        .filter((job): job is Bull.Job<unknown> => Boolean(job))
        .map((job) => noteOf(job, state))
    },
    retry: (name, jobId) => inTime(retryFailed(open(name), jobId)),
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => undefined)))
    },
  }
}

const LONGEST_REASON = 200

function noteOf(job: Bull.Job<unknown>, state: JobState): JobNote {
  return {
    id: String(job.id),
    name: job.name,
    state,
    attempts: job.attemptsMade,
    addedAt: timeOf(job.timestamp),
    finishedAt: job.finishedOn === undefined ? undefined : timeOf(job.finishedOn),
    failedReason: job.failedReason?.replace(/\s+/g, ' ').slice(0, LONGEST_REASON),
  }
}

const timeOf = (ms: number): string => new Date(ms).toISOString()
