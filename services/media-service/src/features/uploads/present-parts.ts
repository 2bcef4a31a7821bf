import { LIMITS, type UploadPart } from '@sup/types'
import type { Needs } from '../../deps.js'

/** How many parts a file of this length has. */
export const countParts = (sizeBytes: number): number => Math.ceil(sizeBytes / LIMITS.partBytes)

/** URLs that each take one part, for an hour. */
export function presentParts(
  { blobs }: Needs<'blobs'>,
  upload: { key: string; uploadId: string },
  partNumbers: readonly number[],
): Promise<UploadPart[]> {
  return Promise.all(
    partNumbers.map(async (partNumber) => ({
      partNumber,
      url: await blobs.multipart.presignPart(upload, {
        partNumber,
        expiresInSeconds: LIMITS.partUrlSeconds,
      }),
    })),
  )
}
