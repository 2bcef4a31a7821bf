import type { RunningJob } from '@sup/service-kit/jobs'
import { type CleanupDuty, QUEUES } from '@sup/types'
import type { Needs } from '../../deps.js'
import { once } from '../../once.js'
import { processedStore } from '../../processed-store.js'
import { deliveryStore } from '../emails/public.js'
import { runSteps } from './run-steps.js'

const ROWS_PER_STEP = 500

/**
 * Has main-api delete the sessions that are over, step by step until nothing remains, and confirms it.
 *
 * Safe to repeat: an id that is confirmed does nothing, and the steps themselves are idempotent, so a crash
 * between the last step and the confirmation costs one more step.
 *
 * @throws What the steps threw: the job is tried again.
 */
export async function runPruneSessions(
  needs: Needs<'db' | 'mainApi' | 'clock' | 'log'>,
  duty: CleanupDuty,
  job: Pick<RunningJob, 'id' | 'name'>,
): Promise<void> {
  await once(needs, QUEUES.CLEANUP, job, () => runSteps(needs, duty, ROWS_PER_STEP))
  if (duty.userId !== undefined) return
  // The hourly run of the whole table also clears away the marks that nobody asks for any more.
  await processedStore(needs.db).forgetOld()
  await deliveryStore(needs.db).forgetOld()
}
