import type { RunningJob } from '@sup/service-kit/jobs'
import { type CleanupDuty, QUEUES, runJob } from '@sup/types'
import type { Needs } from '../../deps.js'
import { once } from '../../once.js'
import { processedStore } from '../../processed-store.js'

const ROWS_PER_STEP = 500
/** Less than the time limit of the job, after which Bull would start it again beside itself. */
const LONGEST_MS = 45_000

/**
 * Has main-api delete the sessions that are over, step by step until nothing remains, and confirms it.
 *
 * Safe to repeat: an id that is confirmed does nothing, and the steps themselves are idempotent, so a crash
 * between the last step and the confirmation costs one more step.
 *
 * @throws What the steps threw, or Error when they make no progress or take too long: the job is tried again
 *   and goes on where this attempt stopped.
 */
export async function runPruneSessions(
  needs: Needs<'db' | 'mainApi' | 'clock' | 'log'>,
  duty: CleanupDuty,
  job: Pick<RunningJob, 'id' | 'name'>,
): Promise<void> {
  await once(needs, QUEUES.CLEANUP, job, () => pruneStepByStep(needs, duty))
  // The hourly run of the whole table also clears away the confirmations that nobody asks for any more.
  if (duty.userId === undefined) await processedStore(needs.db).forgetOld()
}

async function pruneStepByStep(
  { mainApi, clock }: Needs<'mainApi' | 'clock'>,
  { type, userId }: CleanupDuty,
): Promise<void> {
  const body = { limit: ROWS_PER_STEP, ...(userId === undefined ? {} : { userId }) }
  const deadline = clock.now().getTime() + LONGEST_MS
  for (;;) {
    const { done, remaining } = await mainApi.callInternal(runJob, { params: { name: type }, body })
    if (remaining === 0) return
    if (done === 0) throw new Error(`${type} makes no progress, ${remaining} rows remain`)
    if (clock.now().getTime() >= deadline) throw new Error(`${type} takes more than one attempt`)
  }
}
