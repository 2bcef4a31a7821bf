import { AppError, isAppError } from '@sup/service-kit/http'
import { invalidInput, payloadTooLarge } from '@sup/types'
import { pipeline } from 'node:stream/promises'
import { Writable } from 'node:stream'
import type { Needs } from '../../deps.js'
import { OPAQUE, kindOf } from './allowed-types.js'
import { measureFile } from './measured-file.js'
import type { UploadRow } from './session-store.js'

/** What the store really holds. */
export type Verified = { mimeType: string; sha256: string; sizeBytes: number }

/** Why a file that has arrived is not taken; `reason` is kept with it. */
export class RefusedFileError extends Error {
  override name = 'RefusedFileError'
  constructor(
    readonly reason: string,
    readonly refusal: AppError,
  ) {
    super(reason)
  }
}

/**
 * Reads an object that a client has stored and holds it against what was announced: length, type by its first
 * bytes, and digest.
 *
 * @returns Undefined when there is no object.
 * @throws RefusedFileError; AppError `SERVICE_UNAVAILABLE` when the store cannot be reached.
 */
export async function verifyObject(
  { blobs }: Needs<'blobs'>,
  { file, announcedSha256 }: UploadRow,
  sha256?: string,
): Promise<Verified | undefined> {
  const blob = await blobs.get(file.s3Key)
  if (!blob) return undefined
  try {
    if (blob.sizeBytes !== file.sizeBytes) throw refuse('size', 'sizeBytes')
    const measured = await measureFile(blob.body, {
      maxBytes: file.sizeBytes,
      tooLarge: () => new AppError(payloadTooLarge),
    })
    const { mimeType } = file.encrypted ? OPAQUE : typeOf(file.type, measured.detected)
    await pipeline(measured.stream, nowhere())
    const found = measured.result()
    const wanted = [announcedSha256, sha256 ?? null]
    if (wanted.some((one) => one !== null && one !== found.sha256)) throw refuse('digest', 'sha256')
    return { mimeType, ...found }
  } finally {
    blob.body.destroy()
  }
}

function typeOf(...[type, detected]: Parameters<typeof kindOf>): { mimeType: string } {
  try {
    return kindOf(type, detected)
  } catch (err) {
    throw isAppError(err) ? new RefusedFileError('type', err) : err
  }
}

const refuse = (reason: string, path: string): RefusedFileError =>
  new RefusedFileError(
    reason,
    new AppError(invalidInput, [{ path, message: 'is not that of the file' }]),
  )

/** Takes everything: only the digest is wanted. */
const nowhere = (): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
