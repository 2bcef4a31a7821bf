import { AppError, type FormFile } from '@sup/service-kit/http'
import { LIMITS, MediaType, payloadTooLarge, quotaExceeded } from '@sup/types'
import { buffer } from 'node:stream/consumers'
import type { Needs } from '../../deps.js'
import { reserveBytes } from '../quotas/public.js'
import { OPAQUE, kindOf } from './allowed-types.js'
import { cleanFileName } from './file-name.js'
import { measureFile } from './measured-file.js'
import { extensionOf, fileKey } from './file-key.js'
import type { Draft } from './draft.js'
import { uploadStore } from './upload-store.js'

/** What a form holds besides its file, at most; it does not count as the file's. */
const FORM_BYTES = LIMITS.encryptedThumbnailBytes + 64 * 1024

type Taking = Needs<'db' | 'blobs' | 'clock' | 'config'>

/** Streams the file of a form into the store, under a key of its own. */
export async function takeFile(needs: Taking, draft: Draft, file: FormFile): Promise<void> {
  const { config, blobs } = needs
  // Until the rows say what is free, which needs the type for the key.
  const limit = { bytes: config.MEDIA_MAX_BYTES, isQuota: false }
  const measured = await measureFile(file.body, {
    get maxBytes() {
      return limit.bytes
    },
    tooLarge: () => new AppError(limit.isQuota ? quotaExceeded : payloadTooLarge),
  })
  try {
    refuseEarly(file, measured.detected)
    const s3Key = fileKey(draft, extensionOf(measured.detected))
    const free = await reserve(needs, draft, s3Key)
    if (free < limit.bytes) Object.assign(limit, { bytes: free, isQuota: true })
    const { fileName } = file
    const { detected } = measured
    // Browsers write a quotation mark in the name of a form's file so, and only that.
    const name = cleanFileName(fileName?.replaceAll('%22', '"'))
    draft.file = { s3Key, detected, sizeBytes: 0, sha256: '', fileName: name }
    await blobs.putStream(s3Key, measured.stream, { contentType: OPAQUE.mimeType })
    Object.assign(draft.file, measured.result())
  } finally {
    measured.stream.destroy()
  }
}

/** The bytes of an encrypted thumbnail: few enough to be held. */
export async function takeThumbnail(draft: Draft, { body }: FormFile): Promise<void> {
  const measured = await measureFile(body, {
    maxBytes: LIMITS.encryptedThumbnailBytes,
    tooLarge: () => new AppError(payloadTooLarge),
  })
  draft.thumbnail = await buffer(measured.stream)
}

/** What the fields before the file and its first bytes already forbid need not arrive first. */
function refuseEarly({ fieldsSoFar }: FormFile, detected: string | undefined): void {
  const type = MediaType.safeParse(fieldsSoFar.get('type'))
  const isPlain = !/^(true|1)$/.test(fieldsSoFar.get('encrypted') ?? '')
  if (type.success && isPlain && fieldsSoFar.has('encrypted')) kindOf(type.data, detected)
}

/** Writes the pending row. @returns How long the file may become. */
async function reserve(
  { db, clock, config }: Taking,
  { id, userId, announcedBytes = 0 }: Draft,
  s3Key: string,
): Promise<number> {
  const bytes = Math.max(0, Math.min(announcedBytes - FORM_BYTES, config.MEDIA_MAX_BYTES))
  return db.tx('begin-upload', async (tx) => {
    const limitBytes = config.MEDIA_QUOTA_BYTES
    const free = await reserveBytes(tx, userId, { bytes, limitBytes })
    const file = { id, userId, s3Key, sizeBytes: bytes, mimeType: OPAQUE.mimeType }
    await uploadStore(tx).insert(
      { ...file, type: 'file', encrypted: false, purpose: 'message' },
      clock.now().toISOString(),
    )
    return free + bytes
  })
}
