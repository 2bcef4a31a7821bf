import type { ServiceCaller } from '@sup/service-kit/http'
import type { ListedBlob } from '@sup/service-kit/s3'
import type { Input, Output, checkStorage as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { PREFIXES, type Prefix, knownAmong, missingFrom } from './stored-objects.js'
import { sweepStore } from './sweep-store.js'

const PAGE = 1000
/** A file that has just been stored may be in one of the two only. */
const SETTLING_MS = 5000

type Amount = { objects: number; bytes: number }
type Tally = { bucket: Amount; referenced: Amount; orphans: Amount; missing: number }

/**
 * Compares everything in the bucket with the files: bytes in the bucket = bytes referenced, or what is too much
 * and too little. Changes nothing; it reads the whole listing, so it is for administrators.
 *
 * @throws AppError `SERVICE_UNAVAILABLE` when the store cannot be reached.
 */
export async function checkStorage(
  { db, blobs, clock }: Needs<'db' | 'blobs' | 'clock'>,
  _caller: ServiceCaller,
  _input: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const now = clock.now()
  const tally: Tally = { bucket: none(), referenced: none(), orphans: none(), missing: 0 }
  const before = new Date(now.getTime() - SETTLING_MS).toISOString()
  for (const prefix of PREFIXES) await checkPrefix({ db, blobs, before }, prefix, tally)
  const { orphans, missing } = tally
  const store = sweepStore(db)
  const lastSweepAt = await store.lastSweepAt()
  return {
    users: await store.usageByUser(),
    states: await store.usageByState(),
    check: {
      checkedAt: now.toISOString(),
      isClean: orphans.objects === 0 && missing === 0,
      ...tally,
    },
    ...(lastSweepAt === undefined ? {} : { lastSweepAt }),
  }
}

const none = (): Amount => ({ objects: 0, bytes: 0 })

async function checkPrefix(
  { db, blobs, before }: Needs<'db' | 'blobs'> & { before: string },
  prefix: Prefix,
  tally: Tally,
): Promise<void> {
  const store = sweepStore(db)
  for (let after = ''; ;) {
    const objects = await blobs.list({ prefix, after, limit: PAGE })
    const isEnd = objects.length < PAGE
    const isKnown = await knownAmong(store, { prefix, objects })
    for (const object of objects) {
      add(tally.bucket, object)
      add(isKnown(object.key) ? tally.referenced : tally.orphans, object)
    }
    tally.missing += (await missingFrom(store, { prefix, after, objects, isEnd }, before)).length
    if (isEnd) return
    after = objects.at(-1)?.key ?? after
  }
}

function add(amount: Amount, { sizeBytes }: Pick<ListedBlob, 'sizeBytes'>): void {
  amount.objects += 1
  amount.bytes += sizeBytes
}
