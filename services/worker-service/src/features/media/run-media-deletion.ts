import type { RunningJob } from '@sup/service-kit/jobs'
import { type MediaDeletion, QUEUES, runDeleteMedia } from '@sup/types'
import type { Needs } from '../../deps.js'
import { once } from '../../once.js'

const FILES_PER_STEP = 100
/** Less than the time limit of the job, after which Bull would start it again beside itself. */
const LONGEST_MS = 45_000

/**
 * Has media-service, which owns the files, delete the bytes of a file and everything made of it.
 *
 * Safe to repeat: deleting what is gone is no error.
 *
 * @throws Error when the steps make no progress or take too long: the job is tried again.
 */
export async function runMediaDeletion(
  needs: Needs<'db' | 'mediaService' | 'clock' | 'log'>,
  { fileId }: MediaDeletion,
  job: Pick<RunningJob, 'id' | 'name'>,
): Promise<void> {
  const { mediaService, clock } = needs
  await once(needs, QUEUES.MEDIA_PROCESSING, job, async () => {
    const deadline = clock.now().getTime() + LONGEST_MS
    for (;;) {
      const { done, remaining } = await mediaService.callInternal(runDeleteMedia, {
        body: { limit: FILES_PER_STEP, fileIds: [fileId] },
      })
      if (remaining === 0) return
      if (done === 0) throw new Error(`deleting makes no progress, ${remaining} files remain`)
      if (clock.now().getTime() >= deadline) throw new Error('deleting takes more than one attempt')
    }
  })
}
