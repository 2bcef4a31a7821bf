import type { ListedBlob } from '@sup/service-kit/s3'
import { z } from 'zod'
import { publishState } from '../files/public.js'
import { sweepStore } from './sweep-store.js'
import type { Sweeping } from './sweep-media.js'

const NAME = 'objects'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const Uuid = z.uuid()

/** In the order in which the store lists them, so one position is enough. */
const PREFIXES = ['derivatives/', 'media/', 'thumbnails/'] as const
type Prefix = (typeof PREFIXES)[number]

type Page = { prefix: Prefix; after: string; objects: ListedBlob[]; isEnd: boolean }

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
  if (prefix === 'media/') await markLost(needs, page)
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
  const store = sweepStore(db)
  const isKnown = prefix === 'media/' ? await knownByKey(store, old) : await knownById(store, old)
  const orphans = old.map(({ key }) => key).filter((key) => !isKnown(key))
  if (orphans.length === 0) return
  await blobs.deleteMany(orphans)
  log.info('Objects without a file were deleted', { prefix, count: orphans.length })
}

type Store = ReturnType<typeof sweepStore>
type IsKnown = (key: string) => boolean

async function knownByKey(store: Store, objects: readonly ListedBlob[]): Promise<IsKnown> {
  const known = await store.knownKeys(objects.map(({ key }) => key))
  return (key) => known.has(key)
}

async function knownById(store: Store, objects: readonly ListedBlob[]): Promise<IsKnown> {
  const ids = objects.map(({ key }) => fileIdOf(key)).filter((id) => id !== undefined)
  const known = await store.knownIds(ids)
  return (key) => known.has(fileIdOf(key) ?? '')
}

/** Of `thumbnails/{fileId}.jpg` and `derivatives/{fileId}/…`. */
const fileIdOf = (key: string): string | undefined =>
  Uuid.safeParse(key.split('/')[1]?.split('.')[0]).data

async function markLost(needs: Sweeping, { after, objects, isEnd }: Page): Promise<void> {
  const { db, clock, log } = needs
  const store = sweepStore(db)
  const now = clock.now()
  const upTo = isEnd ? null : (objects.at(-1)?.key ?? null)
  const expected = await store.expected({
    after,
    upTo,
    before: new Date(now.getTime() - HOUR_MS).toISOString(),
    // Between two keys of a page there are not many rows without objects; the rest is found next time.
    limit: 10_000,
  })
  const stored = new Set(objects.map(({ key }) => key))
  const missing = expected.filter(({ s3Key }) => !stored.has(s3Key)).map(({ id }) => id)
  if (missing.length === 0) return
  const lost = await store.markLost(missing, now.toISOString())
  for (const row of lost) {
    log.error('The bytes of a file are lost', { fileId: row.id })
    await publishState(needs, row)
  }
}
