import { publishState } from '../files/public.js'
import { PREFIXES, type Page, knownAmong, missingFrom } from './stored-objects.js'
import { sweepStore } from './sweep-store.js'
import type { Sweeping } from './sweeping.js'

const NAME = 'objects'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * Compares one page of stored objects with the rows: objects that no file has are deleted once they are older
 * than any backup that could bring their rows back; files whose object is missing are marked as lost.
 */
export async function compareObjects(
  needs: Sweeping,
  limit: number,
): Promise<{ compared: number; isLast: boolean }> {
  const { db, blobs, clock } = needs
  const store = sweepStore(db)
  const position = await store.position(NAME)
  const prefix =
    PREFIXES.find((one) => position < one || position.startsWith(one)) ?? 'derivatives/'
  const after = position.startsWith(prefix) ? position : ''
  const objects = await blobs.list({ prefix, after, limit })
  const page = { prefix, after, objects, isEnd: objects.length < limit }
  await deleteOrphans(needs, page)
  await markLost(needs, page)
  const isLast = page.isEnd && prefix === 'thumbnails/'
  await store.move(NAME, positionAfter(page), clock.now().toISOString())
  return { compared: Math.max(1, objects.length), isLast }
}

/** The last key, or the next prefix when one is done; after the last one the beginning. */
function positionAfter({ prefix, objects, isEnd }: Page): string {
  return isEnd ? (PREFIXES[PREFIXES.indexOf(prefix) + 1] ?? '') : (objects.at(-1)?.key ?? '')
}

async function deleteOrphans(
  { db, blobs, clock, config, log }: Sweeping,
  { prefix, objects }: Page,
): Promise<void> {
  const before = clock.now().getTime() - config.BACKUP_RETENTION_DAYS * DAY_MS
  const old = objects.filter(({ changedAt }) => changedAt.getTime() < before)
  const isKnown = await knownAmong(sweepStore(db), { prefix, objects: old })
  const orphans = old.map(({ key }) => key).filter((key) => !isKnown(key))
  if (orphans.length === 0) return
  await blobs.deleteMany(orphans)
  log.info('Objects without a file were deleted', { prefix, count: orphans.length })
}

async function markLost(needs: Sweeping, page: Page): Promise<void> {
  const { db, clock, log } = needs
  const store = sweepStore(db)
  const now = clock.now()
  const before = new Date(now.getTime() - HOUR_MS).toISOString()
  const missing = await missingFrom(store, page, before)
  if (missing.length === 0) return
  const lost = await store.markLost(missing, now.toISOString())
  for (const row of lost) {
    log.error('The bytes of a file are lost', { fileId: row.id })
    await publishState(needs, row)
  }
}
