import { type JobHandler, onJob } from '@sup/service-kit/jobs'
import { pruneSessions, runDigests, sweepMedia } from '@sup/types'
import type { Needs } from '../../deps.js'
import { runDigestJob } from './run-digests.js'
import { runPruneSessions } from './run-prune-sessions.js'
import { runSweepMedia } from './run-sweep-media.js'

// Two runs at once would only find each other's rows locked.
const CONCURRENCY = 1
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How often the scheduled jobs run, in milliseconds. */
export type Intervals = { pruneSessions: number; sweepMedia: number; digests: number }

/**
 * Executes the jobs of the queue `cleanup`, and adds the scheduled ones: `prune-sessions` every hour,
 * `sweep-media` and `digest` every day.
 *
 * Each occurrence of a schedule has an id made of its instant, so it is done once by all workers together,
 * also when Redis was emptied in between.
 *
 * @param every Other intervals, for tests.
 */
export function executeCleanup(
  needs: Needs<'db' | 'cleanupJobs' | 'mainApi' | 'mediaService' | 'clock' | 'log'>,
  every: Partial<Intervals> = {},
): void {
  const { cleanupJobs, clock } = needs
  const handlers: JobHandler[] = [
    onJob(pruneSessions, (duty, job) => runPruneSessions(needs, duty, job)),
    onJob(runDigests, (duty, job) => runDigestJob(needs, duty, job)),
    onJob(sweepMedia, (duty, job) => runSweepMedia(needs, duty, job)),
  ]
  cleanupJobs.process(handlers, { concurrency: CONCURRENCY })
  const schedules = [
    [pruneSessions, every.pruneSessions ?? HOUR_MS],
    [sweepMedia, every.sweepMedia ?? DAY_MS],
    [runDigests, every.digests ?? DAY_MS],
  ] as const
  for (const [job, everyMs] of schedules) {
    // Not awaited: without Redis it waits for Redis, and the relay does not need Redis to begin.
    void cleanupJobs.schedule(
      job,
      { type: job.name, occurredAt: clock.now().toISOString() },
      { everyMs, jobId: job.name },
    )
  }
}
