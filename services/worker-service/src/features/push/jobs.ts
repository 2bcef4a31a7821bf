import { onJob } from '@sup/service-kit/jobs'
import { prunePushLog, pushClear, pushMessage, pushTest } from '@sup/types'
import type { Needs } from '../../deps.js'
import type { DeliverNeeds } from './deliver.js'
import { prunePushTrace, runPushClear, runPushMessage, runPushTest } from './run-push.js'

const CONCURRENCY = 4
const HOUR_MS = 3_600_000

/** Executes the jobs of the queue `notifications`, and forgets the trace of pushes every hour. */
export function executePushes(needs: DeliverNeeds & Needs<'notificationJobs'>): void {
  const { notificationJobs, clock, log, push } = needs
  for (const [provider, channel] of Object.entries(push.channels)) {
    if (!channel) log.info('Pushes of this provider are off: it has no credentials', { provider })
  }
  notificationJobs.process(
    [
      onJob(pushMessage, (duty, job) => runPushMessage(needs, duty, job)),
      onJob(pushClear, (duty, job) => runPushClear(needs, duty, job)),
      onJob(pushTest, (duty, job) => runPushTest(needs, duty, job)),
      onJob(prunePushLog, () => prunePushTrace(needs)),
    ],
    { concurrency: CONCURRENCY },
  )
  // Not awaited: without Redis it waits for Redis.
  void notificationJobs.schedule(
    prunePushLog,
    { type: prunePushLog.name, occurredAt: clock.now().toISOString() },
    { everyMs: HOUR_MS, jobId: prunePushLog.name },
  )
}
