import type { ServiceCaller } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  derivativePrefix,
  type runDeleteMedia as contract,
  thumbnailPrefix,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { fileStore } from '../files/public.js'
import { type DeadFile, sweepStore } from './sweep-store.js'

const MOST_REMAINING = 1000
const KEYS_PER_PAGE = 1000

/**
 * One step of deleting the bytes of deleted files, with everything made of them. The rows stay as tombstones.
 * Safe to repeat: a file counts as erased only when nothing of it is left.
 *
 * @throws AppError `SERVICE_UNAVAILABLE` when the store cannot be reached; what was done stays done.
 */
export async function deleteMedia(
  { db, blobs, clock }: Needs<'db' | 'blobs' | 'clock'>,
  _caller: ServiceCaller,
  { body: { limit, fileIds = [] } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const at = clock.now().toISOString()
  const store = sweepStore(db)
  if (fileIds.length > 0) await fileStore(db).markDeleted(fileIds, at)
  const dead = await store.dead(limit)
  for (const file of dead) {
    await blobs.deleteMany(await keysOf({ blobs }, file))
    await store.markErased([file.id], at)
  }
  return { done: dead.length, remaining: await store.countDead(MOST_REMAINING) }
}

async function keysOf(
  { blobs }: Needs<'blobs'>,
  { id, s3Key, thumbnailKey }: DeadFile,
): Promise<string[]> {
  const keys = thumbnailKey === null ? [s3Key] : [s3Key, thumbnailKey]
  for (const prefix of [thumbnailPrefix(id), derivativePrefix(id)]) {
    const found = await blobs.list({ prefix, limit: KEYS_PER_PAGE })
    keys.push(...found.map(({ key }) => key))
  }
  return keys
}
