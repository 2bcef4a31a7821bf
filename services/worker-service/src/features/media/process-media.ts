import { PermanentFailure } from '@sup/service-kit/duties'
import type { RunningJob } from '@sup/service-kit/jobs'
import { type MediaDuty, type MediaType, PROCESSING, QUEUES, derivativePrefix } from '@sup/types'
import type { Needs } from '../../deps.js'
import { once } from '../../once.js'
import { announceState, progressTeller } from './announce-state.js'
import type { Made, Task } from './made.js'
import { type MediaRow, mediaStore } from './media-store.js'
import type { MediaTools } from './media-tools.js'
import { openFile } from './open-file.js'
import { processAudio } from './process-audio.js'
import { processImage } from './process-image.js'
import { processVideo } from './process-video.js'
import { Refusal } from './refusal.js'
import { storeMade } from './store-made.js'
import { inFolder } from './work-folder.js'

export type ProcessNeeds = Needs<'db' | 'blobs' | 'mainApi' | 'clock' | 'log'> & {
  tools: MediaTools
  /** Counts a file that was finished. */
  count: (labels: { type: MediaType; result: 'ready' | 'rejected' }) => void
}
type Job = Pick<RunningJob, 'id' | 'name' | 'attempt'>

const LAST_ATTEMPT = 3

const MAKERS: Readonly<Record<string, (task: Task) => Promise<Made>>> = {
  'process-image': processImage,
  'process-video': processVideo,
  'process-audio': processAudio,
}

/**
 * Processes a file: `uploaded` → `processing` → `ready` or `rejected`, and tells its owner.
 *
 * Safe to repeat at any point: what is made lies at keys that the id of the file decides, and the row changes
 * only from the state and the bytes that were looked at.
 *
 * @throws PermanentFailure, after the confirmation, when there is no such file or no bytes; Error for what will
 *   pass: the job is tried again.
 */
export async function processMedia(needs: ProcessNeeds, duty: MediaDuty, job: Job): Promise<void> {
  let failure: string | undefined
  await once(needs, QUEUES.MEDIA_PROCESSING, job, async () => {
    failure = await settle(needs, duty, job)
  })
  if (failure !== undefined) throw new PermanentFailure(failure)
}

async function settle(needs: ProcessNeeds, duty: MediaDuty, job: Job): Promise<string | undefined> {
  const file = await mediaStore(needs.db).begin(duty.fileId)
  if (!file) return settleOther(needs, duty)
  try {
    await inFolder((folder) => workOn(needs, file, folder))
  } catch (err) {
    if (!isFinal(err, job)) throw err
    await reject(needs, file, err)
    if (err.reason === 'lost') return 'the bytes of the file are lost'
  }
  return undefined
}

/** Ends of an attempt that died between its steps are taken up; everything else is done already. */
async function settleOther(
  needs: ProcessNeeds,
  { fileId, s3Key }: MediaDuty,
): Promise<string | undefined> {
  const store = mediaStore(needs.db)
  const file = await store.find(fileId)
  // Deleted before its turn came: nothing is left to do.
  if (!file) return (await store.exists(fileId)) ? undefined : 'no such file'
  const own = `media/${file.userId}/${file.id}.`
  if (file.state === 'ready' && s3Key?.startsWith(own)) await removeOriginal(needs, file, s3Key)
  await announceState(needs, file)
  return undefined
}

async function workOn(needs: ProcessNeeds, file: MediaRow, folder: string): Promise<void> {
  const make = MAKERS[PROCESSING[file.type] ?? '']
  const onProgress = progressTeller(needs, file)
  onProgress()
  const { demuxer } = await openFile(needs, file, folder)
  if (!make) throw new PermanentFailure(`a file of type ${file.type} is not processed`)
  const made = await make({ tools: needs.tools, folder, file, demuxer, onProgress })
  const { finished, keys } = await storeMade(needs, { file, folder, made })
  const ready = await mediaStore(needs.db).finish({ id: file.id, from: file.s3Key }, finished)
  if (!ready) {
    await forgetMade(needs, file, keys)
    return
  }
  needs.count({ type: file.type, result: 'ready' })
  await removeOriginal(needs, ready, file.s3Key)
  await announceState(needs, ready)
}

/** Deleted while we worked: what we stored after that goes too. Finished by another worker: it is the same. */
async function forgetMade(
  { db, blobs }: ProcessNeeds,
  { id }: MediaRow,
  keys: readonly string[],
): Promise<void> {
  if (await mediaStore(db).find(id)) return
  for (const key of keys) await blobs.delete(key)
}

/** The bytes that were uploaded tell where and by what they were made: nobody needs them any more. */
async function removeOriginal(
  { blobs }: Needs<'blobs'>,
  { id, s3Key }: MediaRow,
  originalKey: string | undefined,
): Promise<void> {
  const isReplaced = originalKey !== s3Key && s3Key.startsWith(derivativePrefix(id))
  if (originalKey !== undefined && isReplaced) await blobs.delete(originalKey)
}

const isFinal = (err: unknown, { attempt }: Job): err is Refusal =>
  err instanceof Refusal && (err.reason !== 'too_costly' || attempt >= LAST_ATTEMPT)

async function reject(needs: ProcessNeeds, file: MediaRow, refusal: Refusal): Promise<void> {
  const { reason, cause } = refusal
  needs.log.info('A file is rejected', { file: file.id, type: file.type, reason, cause })
  const rejected = await mediaStore(needs.db).reject({ id: file.id, from: file.s3Key }, reason)
  if (!rejected) return
  needs.count({ type: file.type, result: 'rejected' })
  await announceState(needs, rejected)
}
