import {
  QUEUES,
  deleteMedia,
  generateThumbnail,
  processAudio,
  processImage,
  processVideo,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { type Intake, takeIn } from '../../job-intake.js'

/** The queue `media-processing` and the kinds of job that somebody executes. */
export const mediaIntake = ({ mediaJobs }: Needs<'mediaJobs'>): Intake => ({
  queue: QUEUES.MEDIA_PROCESSING,
  bindingKey: 'media.#',
  jobs: mediaJobs,
  kinds: [processImage, processVideo, processAudio, generateThumbnail, deleteMedia],
})

export const consumeMedia = (needs: Needs<'duties' | 'mediaJobs'>): Promise<void> =>
  takeIn(needs.duties, mediaIntake(needs))
