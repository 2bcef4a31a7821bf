import {
  type MediaFile,
  type Output,
  deleteFile,
  downloadFile,
  getFile,
  getFileUrl,
  getQuota,
  readThumbnail,
} from '@sup/types'
import type { Call } from '../http/call.js'
import type { FetchBytes } from '../http/fetch-bytes.js'
import { type Upload, type UploadNeeds, type UploadOptions, startUpload } from '../media/upload.js'

/** The bytes of a file as they come. */
export type Download = {
  body: ReadableStream<Uint8Array>
  mimeType: string
  /** Of the whole file. */
  sizeBytes: number
  /** Where these bytes begin: 0 unless a part was asked for. */
  from: number
}

export type Media = {
  /** Begins an upload; a paused one of the same bytes is taken up. In Node: `openAsBlob(path)`. */
  upload: (source: Blob, options: UploadOptions) => Upload
  /** @throws SupError NOT_FOUND for files that one may not see. */
  get: (fileId: string) => Promise<MediaFile>
  /** @param options `from`: the first byte, to go on where an earlier download was cut off. */
  download: (fileId: string, options?: { from?: number; signal?: AbortSignal }) => Promise<Download>
  /** @throws SupError NOT_FOUND while there is none; `details.state` says what the file waits for. */
  thumbnail: (fileId: string, options?: { signal?: AbortSignal }) => Promise<Download>
  /** A URL that needs no token, for an hour at most. */
  url: (fileId: string, variant?: 'original' | 'thumbnail') => Promise<string>
  remove: (fileId: string) => Promise<void>
  quota: () => Promise<Output<typeof getQuota>>
}

export function createMedia(needs: UploadNeeds & { call: Call; fetchBytes: FetchBytes }): Media {
  const { call, fetchBytes } = needs
  return {
    upload: (source, options) => startUpload(needs, source, options),
    get: async (fileId) => (await call(getFile, { params: { fileId } })).data,
    download: async (fileId, { from = 0, signal } = {}) => {
      const headers: Record<string, string> = from > 0 ? { range: `bytes=${String(from)}-` } : {}
      const options = { headers, signal }
      return toDownload(await fetchBytes(downloadFile, { params: { fileId } }, options))
    },
    thumbnail: async (fileId, { signal } = {}) =>
      toDownload(await fetchBytes(readThumbnail, { params: { fileId } }, { signal })),
    url: async (fileId, variant = 'original') =>
      (await call(getFileUrl, { params: { fileId }, query: { variant } })).data.url,
    remove: async (fileId) => {
      await call(deleteFile, { params: { fileId } })
    },
    quota: async () => (await call(getQuota, {})).data,
  }
}

function toDownload({ headers, body }: Response): Download {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '')
  return {
    body:
      body ??
      new ReadableStream({
        start: (empty) => {
          empty.close()
        },
      }),
    mimeType: headers.get('content-type') ?? 'application/octet-stream',
    sizeBytes: Number(range?.[2] ?? headers.get('content-length') ?? 0),
    from: Number(range?.[1] ?? 0),
  }
}
