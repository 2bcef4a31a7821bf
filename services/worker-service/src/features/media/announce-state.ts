import { isAppError } from '@sup/service-kit/http'
import { notFound, publishMediaState } from '@sup/types'
import type { Needs } from '../../deps.js'
import type { MediaRow } from './media-store.js'

const PROGRESS_MS = 1000

/**
 * Tells the devices of the owner what became of a file. It is a hint: telling them twice does no harm.
 *
 * @throws AppError `SERVICE_UNAVAILABLE` when main-api does not take it: the job is tried again.
 */
export async function announceState({ mainApi }: Needs<'mainApi'>, file: MediaRow): Promise<void> {
  const { id, state, width, height, durationMs, waveform, blurhash } = file
  const about = { width, height, durationMs, waveform, blurhash }
  const more = { thumbnailS3Key: file.thumbnailKey, rejectReason: file.rejectReason }
  const known = Object.entries({ ...about, ...more }).filter(([, value]) => value !== null)
  try {
    await mainApi.callInternal(publishMediaState, {
      params: { fileId: id },
      body: { state, ...Object.fromEntries(known) },
      isIdempotent: true,
    })
  } catch (err) {
    // Deleted meanwhile, or its account: nobody waits for it.
    if (!isAppError(err) || err.code !== notFound.code) throw err
  }
}

/**
 * Makes a function that tells the owner that the file is still worked on, at most once a second and whatever
 * becomes of it.
 */
export function progressTeller(
  needs: Needs<'mainApi' | 'clock' | 'log'>,
  file: MediaRow,
): () => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = needs.clock.now().getTime()
    if (now - toldAt < PROGRESS_MS) return
    toldAt = now
    announceState(needs, file).catch((err: unknown) => {
      needs.log.debug('Progress of a file could not be told', { file: file.id, err })
    })
  }
}
