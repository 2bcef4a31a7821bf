import type { ServiceCaller } from '@sup/service-kit/http'
import type { Input, Output, runSweepMedia as contract } from '@sup/types'
import { compareObjects } from './compare-objects.js'
import type { Sweeping } from './sweeping.js'
import { sweepStore } from './sweep-store.js'

const HOUR_MS = 3_600_000
const STALE_MS = 24 * HOUR_MS
const LISTED = 1000

/**
 * One step of the sweep, at most `limit` things: uploads that never ended, then one page of stored objects
 * against the rows, both ways. Where the pages have come to is kept, so any instance goes on.
 *
 * @returns `remaining` 0 when the last page was reached; the next call begins a new sweep.
 * @throws AppError `SERVICE_UNAVAILABLE` when the store cannot be reached; what was done stays done.
 */
export async function sweepMedia(
  needs: Sweeping,
  _caller: ServiceCaller,
  { body: { limit } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const ended = await endStaleUploads(needs, limit)
  if (ended === limit) return { done: ended, remaining: 1 }
  const aborted = await abortForgottenParts(needs, limit)
  if (aborted === limit) return { done: ended + aborted, remaining: 1 }
  const { compared, isLast } = await compareObjects(needs, limit)
  const done = ended + aborted + compared
  return { done, remaining: isLast ? 0 : 1 }
}

/** Files that were announced and did not come within a day, with whatever of them did. */
async function endStaleUploads({ db, blobs, clock }: Sweeping, limit: number): Promise<number> {
  const before = new Date(clock.now().getTime() - STALE_MS).toISOString()
  const store = sweepStore(db)
  const stale = await store.stale(before, limit)
  for (const { id, s3Key, s3UploadId } of stale) {
    if (s3UploadId !== null) await blobs.multipart.abort({ key: s3Key, uploadId: s3UploadId })
    await blobs.delete(s3Key)
    await store.forget([id])
  }
  return stale.length
}

/** Uploads in parts that no row knows of: a process died between the store and the row. */
async function abortForgottenParts({ blobs, clock }: Sweeping, limit: number): Promise<number> {
  const before = clock.now().getTime() - STALE_MS
  // All that the store tells at once: the old ones need not be the first.
  const open = await blobs.multipart.listOpen('media/', LISTED)
  const old = open.filter(({ startedAt }) => startedAt.getTime() < before).slice(0, limit)
  for (const upload of old) await blobs.multipart.abort(upload)
  return old.length
}
