import { type CleanupDuty, runJob } from '@sup/types'
import type { Needs } from '../../deps.js'

/** Less than the time limit of the job, after which Bull would start it again beside itself. */
const LONGEST_MS = 45_000

/**
 * Has main-api do a job step by step until nothing remains.
 *
 * @throws What the steps threw, or Error when they make no progress or take too long: the job is tried again
 *   and goes on where this attempt stopped.
 */
export async function runSteps(
  { mainApi, clock }: Needs<'mainApi' | 'clock'>,
  { type, userId }: Pick<CleanupDuty, 'type' | 'userId'>,
  limit: number,
): Promise<void> {
  const body = { limit, ...(userId === undefined ? {} : { userId }) }
  const deadline = clock.now().getTime() + LONGEST_MS
  for (;;) {
    const { done, remaining } = await mainApi.callInternal(runJob, { params: { name: type }, body })
    if (remaining === 0) return
    if (done === 0) throw new Error(`${type} makes no progress, ${remaining} rows remain`)
    if (clock.now().getTime() >= deadline) throw new Error(`${type} takes more than one attempt`)
  }
}
