import type { RunningJob } from '@sup/service-kit/jobs'
import { type CleanupDuty, QUEUES, runJob } from '@sup/types'
import type { Needs } from '../../deps.js'
import { processedStore } from './processed-store.js'

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
  { db, mainApi, clock, log }: Needs<'db' | 'mainApi' | 'clock' | 'log'>,
  duty: CleanupDuty,
  { id, name }: Pick<RunningJob, 'id' | 'name'>,
): Promise<void> {
  const processed = processedStore(db)
  if (await processed.has(id)) {
    log.info('A job of this id has had its effect', { job: id })
    return
  }

  const body = {
    limit: ROWS_PER_STEP,
    ...(duty.userId === undefined ? {} : { userId: duty.userId }),
  }
  const deadline = clock.now().getTime() + LONGEST_MS
  for (;;) {
    const { done, remaining } = await mainApi.callInternal(runJob, {
      params: { name: duty.type },
      body,
    })
    if (remaining === 0) break
    if (done === 0) throw new Error(`${name} makes no progress, ${remaining} rows remain`)
    if (clock.now().getTime() >= deadline) throw new Error(`${name} takes more than one attempt`)
  }

  await processed.add({ id, queue: QUEUES.CLEANUP, name })
  // The hourly run of the whole table also clears away the confirmations that nobody asks for any more.
  if (duty.userId === undefined) await processed.forgetOld()
}
