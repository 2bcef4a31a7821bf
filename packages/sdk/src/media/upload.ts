import {
  type MediaFile,
  type MediaType,
  type Output,
  cancelUpload,
  completeUpload,
  createUpload,
  getUpload,
  uploadFile,
} from '@sup/types'
import type { z } from 'zod'
import { isSupError } from '../base/sup-error.js'
import type { Call } from '../http/call.js'
import type { Storage } from '../storage/storage.js'
import { type PendingUpload, pendingUploads } from './pending-uploads.js'
import { type SendBytesNeeds, sendBytes } from './send-bytes.js'
import { sendParts } from './send-parts.js'
import { hashBlob } from './hash-blob.js'

export type UploadNeeds = SendBytesNeeds & { call: Call; storage: Storage }

export type UploadOptions = {
  type: MediaType
  mimeType?: string
  fileName?: string | undefined
  /** The bytes are ciphertext: the server keeps them as they are. */
  encrypted?: boolean
  purpose?: z.input<(typeof createUpload)['body']>['purpose']
  metadata?: z.input<(typeof createUpload)['body']>['metadata']
  /** For an encrypted file: its thumbnail, encrypted too. */
  thumbnail?: Blob
  /** Told after each piece how much the store has. */
  onProgress?: (progress: { sentBytes: number; totalBytes: number }) => void
}

/** An upload on its way. */
export type Upload = {
  /** Resolves when the server has checked the file. @throws SupError; the reason of `pause`, `cancel`. */
  done: Promise<MediaFile>
  /** Stops sending; the next upload of the same bytes goes on where this one stopped. */
  pause: () => void
  /** Stops, and removes what has arrived. */
  cancel: () => Promise<void>
}

type Job = {
  needs: UploadNeeds
  source: Blob
  options: UploadOptions
  sha256: string
  key: string
  signal: AbortSignal
}
type Begun = Output<typeof createUpload>

/** The server is given time to read the whole file from the store again. */
const COMPLETE = { attempts: 4, timeoutMs: 120_000 }
/** An upload through the server: 100 MiB at 100 KiB/s. */
const DIRECT_MS = 1_200_000

/** Begins an upload, or takes up one of the same bytes that was paused or cut off within a day. */
export function startUpload(needs: UploadNeeds, source: Blob, options: UploadOptions): Upload {
  const stop = new AbortController()
  const begun: { key?: string } = {}
  const run = async (): Promise<MediaFile> => {
    const sha256 = await hashBlob(source, stop.signal)
    const key = [sha256, options.type, String(options.encrypted ?? false)].join(':')
    begun.key = key
    return transfer({ needs, source, options, sha256, key, signal: stop.signal })
  }
  return {
    done: run(),
    pause: () => {
      stop.abort(new Error('The upload was paused'))
    },
    async cancel() {
      stop.abort(new Error('The upload was cancelled'))
      if (begun.key !== undefined) await discard(needs, begun.key)
    },
  }
}

function transfer(job: Job): Promise<MediaFile> {
  return job.options.thumbnail ? throughServer(job, job.options.thumbnail) : pastServer(job)
}

/** One form with both files: only the server can put an encrypted thumbnail beside its file. */
async function throughServer(job: Job, thumbnail: Blob): Promise<MediaFile> {
  const { needs, source, options, sha256, signal } = job
  const { type, encrypted, purpose, metadata, fileName } = options
  const body = { type, encrypted, purpose, metadata, sha256 }
  const files = { thumbnail: { bytes: thumbnail }, file: { bytes: source, name: fileName } }
  const { data } = await needs.call(
    uploadFile,
    { body: given(body) },
    { files, signal, timeoutMs: DIRECT_MS },
  )
  tell(job, source.size)
  return data
}

async function pastServer(job: Job): Promise<MediaFile> {
  const resumed = await resume(job)
  const uploadId = resumed?.uploadId ?? (await begin(job))
  const { call, storage } = job.needs
  const body = { sha256: job.sha256 }
  const options = { ...COMPLETE, signal: job.signal }
  const { data } = await call(completeUpload, { params: { uploadId }, body }, options)
  await pendingUploads(storage).forget(job.key)
  return data
}

/** @returns undefined when there is nothing to take up. */
async function resume(job: Job): Promise<PendingUpload | undefined> {
  const { call, storage } = job.needs
  const pending = await pendingUploads(storage).find(job.key)
  if (!pending) return undefined
  try {
    const { data } = await call(
      getUpload,
      { params: { uploadId: pending.uploadId } },
      { signal: job.signal },
    )
    await sendParts(partsOf(job, pending), { done: data.partsDone, urls: [] })
    return pending
  } catch (err) {
    if (!isSupError(err) || (err.code !== 'NOT_FOUND' && err.code !== 'GONE')) throw err
    await pendingUploads(storage).forget(job.key)
    return undefined
  }
}

/** @returns the id of the upload when all bytes have arrived. */
async function begin(job: Job): Promise<string> {
  const { type, encrypted, purpose, metadata, fileName, mimeType } = job.options
  const body = {
    ...given({ type, encrypted, purpose, metadata, fileName }),
    type,
    mimeType: mimeType ?? 'application/octet-stream',
    sizeBytes: job.source.size,
    sha256: job.sha256,
  }
  const { data } = await job.needs.call(createUpload, { body }, { signal: job.signal })
  if (data.method === 'POST') await sendForm(job, data)
  else await sendNewParts(job, data)
  return data.uploadId
}

async function sendForm(job: Job, { url = '', fields = {} }: Begun): Promise<void> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  // The store takes nothing that follows the file.
  form.set('file', job.source)
  await sendBytes(job.needs, { url, method: 'POST', body: form }, job.signal)
  tell(job, job.source.size)
}

async function sendNewParts(
  job: Job,
  { uploadId, partSize = 0, parts = [], expiresAt }: Begun,
): Promise<void> {
  const pending = { uploadId, partSize, expiresAt }
  await pendingUploads(job.needs.storage).keep(job.key, pending)
  await sendParts(partsOf(job, pending), { done: [], urls: parts })
}

const partsOf = (job: Job, { uploadId, partSize }: PendingUpload) => ({
  needs: job.needs,
  source: job.source,
  uploadId,
  partSize,
  signal: job.signal,
  onSent: (sentBytes: number) => {
    tell(job, sentBytes)
  },
})

function tell({ options, source }: Job, sentBytes: number): void {
  options.onProgress?.({ sentBytes, totalBytes: source.size })
}

/** The server forgets it by itself within a day, so a failure is nothing to report. */
async function discard({ call, storage }: UploadNeeds, key: string): Promise<void> {
  const pending = await pendingUploads(storage).find(key)
  if (!pending) return
  await pendingUploads(storage).forget(key)
  await call(cancelUpload, { params: { uploadId: pending.uploadId } }).catch(() => undefined)
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the members that are undefined. */
function given<T extends object>(value: T): Given<T> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members) as Given<T>
}
