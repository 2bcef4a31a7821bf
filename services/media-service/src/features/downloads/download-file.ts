import { AppError, type Caller, type RawAnswer, rawAnswer } from '@sup/service-kit/http'
import {
  type Input,
  type downloadFile as contract,
  notFound,
  rangeNotSatisfiable,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { type ReadableFile, findDownload } from '../files/public.js'
import { type ByteRange, readRange } from './byte-range.js'
import { dispositionOf, etagOf, isKnown, safeHeaders } from './file-headers.js'
import { presignFile } from './presign-file.js'

type Downloads = Needs<'db' | 'mainApi' | 'blobs' | 'config' | 'mediaMetrics'>

/**
 * The bytes of a file that the caller may read, all or one range of them, as they are stored.
 *
 * @throws AppError `NOT_FOUND`; `RANGE_NOT_SATISFIABLE` with the size in `Content-Range`;
 *   `SERVICE_UNAVAILABLE` when main-api or the store cannot be reached.
 */
export async function downloadFile(
  needs: Downloads,
  caller: Caller,
  { params, query }: Input<typeof contract>,
): Promise<RawAnswer> {
  const file = await findDownload(needs, caller, params.fileId)
  if (query.redirect === true) {
    const { url } = await presignFile(needs, file, 'original')
    return rawAnswer({ status: 302, headers: { Location: url, 'Cache-Control': 'no-store' } })
  }
  const etag = etagOf(file.row)
  const headers = { ...safeHeaders(file.maxAgeSeconds), ETag: etag, 'Accept-Ranges': 'bytes' }
  const asked = caller.headers ?? {}
  if (isKnown(asked['if-none-match'], etag)) return rawAnswer({ status: 304, headers })
  const isSameVersion = asked['if-range'] === undefined || asked['if-range'] === etag
  const range = isSameVersion ? readRange(asked.range, file.row.sizeBytes) : undefined
  if (range === 'unsatisfiable') {
    throw new AppError(rangeNotSatisfiable, undefined, {
      headers: { 'Content-Range': `bytes */${file.row.sizeBytes}` },
    })
  }
  return sendBytes(needs, { file, range, headers })
}

async function sendBytes(
  { blobs, mediaMetrics }: Downloads,
  asked: {
    file: ReadableFile
    range: ByteRange | undefined
    headers: Record<string, string>
  },
): Promise<RawAnswer> {
  const { file, range, headers } = asked
  const { row } = file
  const size = row.sizeBytes
  const wanted = range === undefined ? {} : { range: `bytes=${range.first}-${range.last}` }
  const blob = await blobs.get(row.s3Key, wanted)
  if (!blob) throw new AppError(notFound)
  mediaMetrics.downloaded(blob.body)
  return rawAnswer({
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'Content-Type': row.mimeType,
      'Content-Length': String(blob.sizeBytes),
      'Content-Disposition': dispositionOf(row),
      ...(range === undefined
        ? {}
        : { 'Content-Range': `bytes ${range.first}-${range.last}/${size}` }),
    },
    body: blob.body,
  })
}
