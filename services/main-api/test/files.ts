import type { MediaFile } from '@sup/types'
import { createHash } from 'node:crypto'
import { newId } from '../src/ids.js'
import type { Deps } from '../src/deps.js'

export type TestFile = {
  type?: MediaFile['type']
  encrypted?: boolean
  state?: MediaFile['state']
  rejectReason?: string
  thumbnailKey?: string
  isDeleted?: boolean
}

/** A stored file as media-service would have written it; `id` and its key in the bucket. */
export async function storeFile(
  { db, clock }: Deps,
  owner: { userId: string },
  file: TestFile = {},
): Promise<{ id: string; key: string }> {
  const id = newId({ clock })
  const key = `media/${owner.userId}/${id}.jpg`
  await db.none(
    `INSERT INTO media_files (id, user_id, file_type, mime_type, s3_key, size_bytes, thumbnail_s3_key, file_name,
                              sha256, encrypted, state, reject_reason, width, height, created_at, deleted_at)
     VALUES ($<id>, $<userId>, $<type>, 'image/jpeg', $<key>, 1234, $<thumbnailKey>, 'boat.jpg', $<sha256>,
             $<encrypted>, $<state>, $<rejectReason>, 640, 480, now(),
             CASE WHEN $<isDeleted> THEN now() END)`,
    {
      id,
      key,
      userId: owner.userId,
      sha256: createHash('sha256').update(id).digest(),
      type: 'image',
      encrypted: false,
      state: 'ready',
      rejectReason: null,
      thumbnailKey: null,
      isDeleted: false,
      ...file,
    },
  )
  return { id, key }
}

/** What media-service does when a file is deleted. */
export const markDeleted = ({ db }: Deps, id: string): Promise<null> =>
  db.none(`UPDATE media_files SET deleted_at = now() WHERE id = $1`, [id])

/** The files whose erasure was ordered. */
export const erasedFiles = async ({ db }: Deps, ids: readonly string[]): Promise<unknown[]> =>
  (
    await db.any<{ payload: unknown }>(
      `SELECT payload FROM outbox WHERE type = 'media.deleted' AND key = ANY ($1::text[]) ORDER BY key`,
      [ids],
    )
  ).map(({ payload }) => payload)
