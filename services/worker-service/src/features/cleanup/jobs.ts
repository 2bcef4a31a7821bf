import { onJob } from '@sup/service-kit/jobs'
import { pruneSessions } from '@sup/types'
import type { Needs } from '../../deps.js'
import { runPruneSessions } from './run-prune-sessions.js'

// Two runs at once would only find each other's rows locked.
const CONCURRENCY = 1
const HOUR_MS = 3_600_000

/**
 * Executes the jobs of the queue `cleanup`, and adds the scheduled ones: `prune-sessions` every hour.
 *
 * Each occurrence of a schedule has an id made of its instant, so it is done once by all workers together,
 * also when Redis was emptied in between.
 *
 * @param everyMs Another interval, for tests.
 */
export function executeCleanup(
  needs: Needs<'db' | 'cleanupJobs' | 'mainApi' | 'clock' | 'log'>,
  everyMs = HOUR_MS,
): void {
  const { cleanupJobs, clock } = needs
  cleanupJobs.process([onJob(pruneSessions, (duty, job) => runPruneSessions(needs, duty, job))], {
    concurrency: CONCURRENCY,
  })
  // Not awaited: without Redis it waits for Redis, and the relay does not need Redis to begin.
  void cleanupJobs.schedule(
    pruneSessions,
    { type: pruneSessions.name, occurredAt: clock.now().toISOString() },
    { everyMs, jobId: pruneSessions.name },
  )
}
