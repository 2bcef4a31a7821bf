import type { RunningJob } from '@sup/service-kit/jobs'
import { type MediaDuty, PROCESSING, QUEUES } from '@sup/types'
import { once } from '../../once.js'
import { announceState } from './announce-state.js'
import { makeImage } from './make-image.js'
import { MEDIA_FILES } from './media-limits.js'
import { type MediaRow, mediaStore } from './media-store.js'
import { openFile } from './open-file.js'
import { type ProcessNeeds, processMedia } from './process-media.js'
import { makePoster } from './process-video.js'
import { storeMade } from './store-made.js'
import { inFolder } from './work-folder.js'

/**
 * Makes the thumbnail and the preview of a file anew; a file that is not ready yet is processed instead, which
 * makes them too. The bytes of the file stay as they are.
 *
 * @throws As `processMedia`.
 */
export async function generateThumbnail(
  needs: ProcessNeeds,
  duty: MediaDuty,
  job: Pick<RunningJob, 'id' | 'name' | 'attempt'>,
): Promise<void> {
  const file = await mediaStore(needs.db).find(duty.fileId)
  if (file?.state !== 'ready') return processMedia(needs, duty, job)
  await once(needs, QUEUES.MEDIA_PROCESSING, job, () =>
    inFolder((folder) => renew(needs, file, folder)),
  )
}

async function renew(needs: ProcessNeeds, file: MediaRow, folder: string): Promise<void> {
  const kind = PROCESSING[file.type]
  if (kind === undefined || kind === 'process-audio') return
  const { demuxer } = await openFile(needs, file, folder)
  const { blurhash } =
    demuxer === undefined
      ? await makeImage(await needs.tools.images(), folder, {
          mimeType: file.mimeType,
          source: 'original',
        })
      : await makePoster({ tools: needs.tools, folder }, await needs.tools.ffmpeg(), {
          clean: { folder, file: MEDIA_FILES.input, demuxer },
          durationMs: file.durationMs ?? 0,
        })
  const made = { mimeType: file.mimeType, blurhash, hasPicture: true }
  const { finished, keys } = await storeMade(needs, { file, folder, made })
  const { thumbnailKey } = finished
  const renewed = await mediaStore(needs.db).setThumbnail(
    { id: file.id, from: file.s3Key },
    { thumbnailKey, blurhash },
  )
  if (renewed) await announceState(needs, renewed)
  else if (!(await mediaStore(needs.db).find(file.id))) {
    for (const key of keys) await needs.blobs.delete(key)
  }
}
