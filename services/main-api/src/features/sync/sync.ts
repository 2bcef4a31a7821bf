import type { Caller } from '@sup/service-kit/http'
import type { Input, Output, SyncPage, sync as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { readChangedPage } from './changed-page.js'
import { type Cursor, decodeCursor } from './cursor.js'
import { readFirstPage } from './first-page.js'
import { roundStore } from './round-store.js'

/**
 * One page of everything that a client missed. Without a cursor, or with one from before a restore, it
 * starts anew with the newest entries of every chat.
 */
export async function sync(
  { db, config, clock, metrics }: Needs<'db' | 'config' | 'clock' | 'metrics'>,
  caller: Caller,
  { query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const reading = { sql: db, config }
  const store = roundStore(db)
  const epoch = await store.epoch()
  const given = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  const known = given?.e === epoch ? given : undefined
  const next = known?.n ?? (await store.horizon())
  const round: Cursor = { ...known, e: epoch, n: next }
  const of = { caller, round, limit: query.limit, window: query.window }
  const isFirst = round.h === undefined
  metrics.syncPages.inc({ reset: String(isFirst) })
  const page: Omit<SyncPage, 'epoch' | 'serverTime' | 'deviceMessages'> = isFirst
    ? await readFirstPage(reading, of)
    : await readChangedPage(reading, { ...of, horizon: round.h ?? next })
  return { epoch, serverTime: clock.now().toISOString(), ...page, deviceMessages: [] }
}
