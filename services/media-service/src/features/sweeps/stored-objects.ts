import type { ListedBlob } from '@sup/service-kit/s3'
import { z } from 'zod'
import type { sweepStore } from './sweep-store.js'

type Store = ReturnType<typeof sweepStore>

const Uuid = z.uuid()

/** In the order in which the store lists them, so one position is enough. */
export const PREFIXES = ['derivatives/', 'media/', 'thumbnails/'] as const
export type Prefix = (typeof PREFIXES)[number]

/** What the store lists after a key, below one prefix. */
export type Page = { prefix: Prefix; after: string; objects: ListedBlob[]; isEnd: boolean }

/** After every key of a prefix, whatever it is called. */
const LAST = '\u{10ffff}'
/** Between two keys of a page there are not many rows without objects; the rest is found next time. */
const MOST_MISSING = 10_000

/** Which of these objects belong to a file. */
export async function knownAmong(
  store: Store,
  { prefix, objects }: { prefix: Prefix; objects: readonly ListedBlob[] },
): Promise<(key: string) => boolean> {
  if (prefix === 'media/') {
    const known = await store.knownKeys(objects.map(({ key }) => key))
    return (key) => known.has(key)
  }
  const ids = objects.map(({ key }) => fileIdOf(key)).filter((id) => id !== undefined)
  const known = await store.knownIds(ids)
  return (key) => known.has(fileIdOf(key) ?? '')
}

/** Of `thumbnails/{fileId}.jpg` and `derivatives/{fileId}/…`. */
const fileIdOf = (key: string): string | undefined =>
  Uuid.safeParse(key.split('/')[1]?.split('.')[0]).data

/**
 * Files whose bytes should lie in this page of the store and do not.
 *
 * @param before Files that changed later are left out: the listing may be older than their rows.
 */
export async function missingFrom(
  store: Store,
  { prefix, after, objects, isEnd }: Page,
  before: string,
): Promise<string[]> {
  const expected = await store.expected({
    after: after === '' ? prefix : after,
    upTo: isEnd ? prefix + LAST : (objects.at(-1)?.key ?? prefix),
    before,
    limit: MOST_MISSING,
  })
  const stored = new Set(objects.map(({ key }) => key))
  return expected.filter(({ s3Key }) => !stored.has(s3Key)).map(({ id }) => id)
}
