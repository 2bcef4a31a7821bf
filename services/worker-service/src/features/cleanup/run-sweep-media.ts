import type { RunningJob } from '@sup/service-kit/jobs'
import { type CleanupDuty, QUEUES, runSweepMedia as sweepStep } from '@sup/types'
import type { Needs } from '../../deps.js'
import { once } from '../../once.js'

const OBJECTS_PER_STEP = 1000
/** Less than the time limit of the job, after which Bull would start it again beside itself. */
const LONGEST_MS = 540_000

/**
 * Has media-service compare the bucket with its files, step by step until nothing remains, and confirms it.
 *
 * Safe to repeat, as `runPruneSessions` is.
 *
 * @throws What the steps threw, or Error when they make no progress or take too long: the job is tried again.
 */
export async function runSweepMedia(
  needs: Needs<'db' | 'mediaService' | 'clock' | 'log'>,
  _duty: CleanupDuty,
  job: Pick<RunningJob, 'id' | 'name'>,
): Promise<void> {
  const { mediaService, clock } = needs
  await once(needs, QUEUES.CLEANUP, job, async () => {
    const deadline = clock.now().getTime() + LONGEST_MS
    for (;;) {
      const { done, remaining } = await mediaService.callInternal(sweepStep, {
        body: { limit: OBJECTS_PER_STEP },
      })
      if (remaining === 0) return
      if (done === 0) throw new Error(`sweep-media makes no progress, ${remaining} objects remain`)
      if (clock.now().getTime() >= deadline) throw new Error('sweep-media takes too long')
    }
  })
}
