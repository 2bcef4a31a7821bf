import { onJob } from '@sup/service-kit/jobs'
import { pruneSessions, runDigests } from '@sup/types'
import type { Needs } from '../../deps.js'
import { runDigestJob } from './run-digests.js'
import { runPruneSessions } from './run-prune-sessions.js'

// Two runs at once would only find each other's rows locked.
const CONCURRENCY = 1
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * Executes the jobs of the queue `cleanup`, and adds the scheduled ones: `prune-sessions` every hour, `digest` every
 * day.
 *
 * Each occurrence of a schedule has an id made of its instant, so it is done once by all workers together,
 * also when Redis was emptied in between.
 *
 * @param everyMs Other intervals, for tests.
 */
export function executeCleanup(
  needs: Needs<'db' | 'cleanupJobs' | 'mainApi' | 'clock' | 'log'>,
  everyMs: { pruneSessions?: number; digests?: number } = {},
): void {
  const { cleanupJobs, clock } = needs
  cleanupJobs.process(
    [
      onJob(pruneSessions, (duty, job) => runPruneSessions(needs, duty, job)),
      onJob(runDigests, (duty, job) => runDigestJob(needs, duty, job)),
    ],
    { concurrency: CONCURRENCY },
  )
  const schedules = [
    [pruneSessions, everyMs.pruneSessions ?? HOUR_MS],
    [runDigests, everyMs.digests ?? DAY_MS],
  ] as const
  for (const [job, interval] of schedules) {
    // Not awaited: without Redis it waits for Redis, and the relay does not need Redis to begin.
    void cleanupJobs.schedule(
      job,
      { type: job.name, occurredAt: clock.now().toISOString() },
      { everyMs: interval, jobId: job.name },
    )
  }
}
