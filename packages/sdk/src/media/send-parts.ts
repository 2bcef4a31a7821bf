import { LIMITS, type UploadPart, presignParts } from '@sup/types'
import type { Call } from '../http/call.js'
import { type SendBytesNeeds, sendBytes } from './send-bytes.js'

/** The file, and the upload that its parts belong to. */
export type PartsJob = {
  needs: SendBytesNeeds & { call: Call }
  source: Blob
  uploadId: string
  /** In bytes; the last part is what remains. */
  partSize: number
  signal: AbortSignal
  /** Told after each part how many bytes the store has. */
  onSent: (sentBytes: number) => void
}

/** Several connections use a line better than one; more would only share it. */
const AT_ONCE = 3
/** URLs live for an hour: only as many are asked for as are used soon. */
const URLS_PER_CALL = Math.min(20, LIMITS.partNumbersPerCall)

/**
 * Sends the parts of a file that the store does not have yet.
 *
 * @param known numbers of parts that are there, and URLs that came with the upload.
 * @throws SupError; the reason of the signal when it is aborted.
 */
export async function sendParts(
  job: PartsJob,
  known: { done: readonly number[]; urls: readonly UploadPart[] },
): Promise<void> {
  const done = new Set(known.done)
  const count = Math.ceil(job.source.size / job.partSize)
  const open = Array.from({ length: count }, (_, i) => i + 1).filter((part) => !done.has(part))
  let sentBytes = [...done].reduce((sum, part) => sum + sizeOf(job, part), 0)
  job.onSent(sentBytes)
  const urlOf = createUrls(job, { open, urls: known.urls })
  const stop = new AbortController()
  const signal = AbortSignal.any([job.signal, stop.signal])
  const work = async (): Promise<void> => {
    for (let part = open.shift(); part !== undefined; part = open.shift()) {
      const url = await urlOf(part)
      await sendBytes(job.needs, { url, method: 'PUT', body: bytesOf(job, part) }, signal)
      sentBytes += sizeOf(job, part)
      job.onSent(sentBytes)
    }
  }
  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((err: unknown) => {
      // The other parts would go on to no purpose.
      stop.abort(err)
      throw err
    }),
  )
  const ended = await Promise.allSettled(workers)
  if (ended.some(({ status }) => status === 'rejected')) {
    job.signal.throwIfAborted()
    throw stop.signal.reason
  }
}

const bytesOf = ({ source, partSize }: PartsJob, part: number): Blob =>
  source.slice((part - 1) * partSize, part * partSize)

const sizeOf = ({ source, partSize }: PartsJob, part: number): number =>
  Math.max(0, Math.min(partSize, source.size - (part - 1) * partSize))

/** Gives the URL of a part; those of the parts after it are asked for together with it. */
function createUrls(
  { needs, uploadId, signal }: PartsJob,
  { open, urls }: { open: readonly number[]; urls: readonly UploadPart[] },
): (part: number) => Promise<string> {
  const known = new Map(urls.map(({ partNumber, url }) => [partNumber, url]))
  let asking: Promise<void> | undefined
  const ask = async (part: number): Promise<void> => {
    const later = open.filter((one) => one > part && !known.has(one))
    const partNumbers = [part, ...later.slice(0, URLS_PER_CALL - 1)]
    const { data } = await needs.call(
      presignParts,
      { params: { uploadId }, body: { partNumbers } },
      { signal, attempts: 4 },
    )
    for (const { partNumber, url } of data.parts) known.set(partNumber, url)
  }
  return async (part) => {
    while (asking !== undefined) await asking
    if (!known.has(part)) {
      asking = ask(part).finally(() => {
        asking = undefined
      })
      await asking
    }
    return known.get(part) ?? ''
  }
}
