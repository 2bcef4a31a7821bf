import { type JobHandler, onJob } from '@sup/service-kit/jobs'
import {
  deleteMedia,
  generateThumbnail,
  processAudio,
  processImage,
  processVideo,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { generateThumbnail as renewThumbnail } from './generate-thumbnail.js'
import { createMediaTools } from './media-tools.js'
import { type ProcessNeeds, processMedia } from './process-media.js'
import { runMediaDeletion } from './run-media-deletion.js'
import { removeStaleFolders } from './work-folder.js'

// A picture must not wait for a film; more at once would take the processor away from everybody else.
const CONCURRENCY = 2

/** Executes the jobs of the queue `media-processing`. */
export function executeMedia(
  needs: Needs<
    | 'config'
    | 'db'
    | 'blobs'
    | 'mediaJobs'
    | 'mainApi'
    | 'mediaService'
    | 'clock'
    | 'log'
    | 'metrics'
  >,
): void {
  const total = needs.metrics.counter('sup_media_files_total', 'Files processed', [
    'type',
    'result',
  ])
  const tools = createMediaTools(needs)
  const processing: ProcessNeeds = {
    ...needs,
    tools,
    count: (labels) => {
      total.inc(labels)
    },
  }
  const process = (
    kind: typeof processImage | typeof processVideo | typeof processAudio,
  ): JobHandler => onJob(kind, (duty, job) => processMedia(processing, duty, job))
  needs.mediaJobs.process(
    [
      process(processImage),
      process(processVideo),
      process(processAudio),
      onJob(generateThumbnail, (duty, job) => renewThumbnail(processing, duty, job)),
      onJob(deleteMedia, (duty, job) => runMediaDeletion(needs, duty, job)),
    ],
    { concurrency: CONCURRENCY },
  )
  // What killed workers have left behind; not awaited, because nothing depends on it.
  removeStaleFolders(needs.clock.now().getTime()).catch((err: unknown) => {
    needs.log.warn('Old folders of media jobs could not be removed', { err })
  })
}
