import { derivativePrefix, thumbnailKey } from '@sup/types'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Needs } from '../../deps.js'
import type { Made } from './made.js'
import { MEDIA_FILES } from './media-limits.js'
import type { Finished, MediaRow } from './media-store.js'
import { type Digest, digestOf } from './work-folder.js'

const JPEG = 'image/jpeg'

/** The keys of everything that is made of a file; its id alone decides, so a repetition overwrites. */
const keysOf = (fileId: string) => ({
  thumbnail: thumbnailKey(fileId),
  preview: `${derivativePrefix(fileId)}preview.jpg`,
  clean: (extension: string): string => `${derivativePrefix(fileId)}original.${extension}`,
})

/** What is in the bucket now: what the row has to say of it, and the keys that were written. */
export type Stored = { finished: Finished; keys: string[] }

/** Puts what was made of a file into the bucket. The row does not know of it yet. */
export async function storeMade(
  { blobs }: Needs<'blobs'>,
  { file, folder, made }: { file: Pick<MediaRow, 'id' | 's3Key'>; folder: string; made: Made },
): Promise<Stored> {
  const keys = keysOf(file.id)
  const written: string[] = []
  const put = async (name: string, key: string, contentType: string): Promise<Digest> => {
    const path = join(folder, name)
    const digest = await digestOf(path)
    await blobs.put(key, createReadStream(path), { contentType, sizeBytes: digest.sizeBytes })
    written.push(key)
    return digest
  }
  const { mimeType, cleanAs, hasPicture, ...about } = made
  if (hasPicture) {
    await put(MEDIA_FILES.thumbnail, keys.thumbnail, JPEG)
    await put(MEDIA_FILES.preview, keys.preview, JPEG)
  }
  const s3Key = cleanAs === undefined ? file.s3Key : keys.clean(cleanAs)
  const digest =
    cleanAs === undefined
      ? await digestOf(join(folder, MEDIA_FILES.input))
      : await put(MEDIA_FILES.clean, s3Key, mimeType)
  const thumbnailKey = hasPicture ? keys.thumbnail : null
  return {
    finished: { ...UNKNOWN, ...about, mimeType, thumbnailKey, s3Key, ...digest },
    keys: written,
  }
}

const UNKNOWN = { width: null, height: null, durationMs: null, waveform: null, blurhash: null }
