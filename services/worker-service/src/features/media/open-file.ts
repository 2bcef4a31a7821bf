import { join } from 'node:path'
import type { Needs } from '../../deps.js'
import { MEDIA_FILES } from './media-limits.js'
import type { MediaRow } from './media-store.js'
import { Refusal } from './refusal.js'
import { type Sniffed, sniff } from './sniff.js'
import { readHead, saveStream } from './work-folder.js'

/**
 * Fetches the bytes of a file into a folder and checks that they are those of its row, and what the row says.
 *
 * @throws Refusal `lost`, `empty`, `changed` or `wrong_type`.
 */
export async function openFile(
  { blobs }: Needs<'blobs'>,
  file: MediaRow,
  folder: string,
): Promise<Sniffed> {
  const stored = await blobs.get(file.s3Key)
  if (!stored) throw new Refusal('lost')
  const path = join(folder, MEDIA_FILES.input)
  const digest = await saveStream(stored.body, path)
  if (digest.sizeBytes === 0) throw new Refusal('empty')
  // A form for an upload stays valid for minutes after what it brought was checked.
  if (file.sha256 !== null && digest.sha256 !== file.sha256) throw new Refusal('changed')
  const found = sniff(await readHead(path))
  if (!found?.mimeTypes.includes(file.mimeType)) throw new Refusal('wrong_type')
  return found
}
