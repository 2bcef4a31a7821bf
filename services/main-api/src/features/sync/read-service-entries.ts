import { AppError } from '@sup/service-kit/http'
import { type Input, type Output, type readEntries as contract, notFound } from '@sup/types'
import type { Needs } from '../../deps.js'
import { composeServiceEntries } from './compose-entries.js'
import { logStore } from './log-store.js'

/** Entries of a chat for a node that repairs a gap: every one, none void. */
export async function readServiceEntries(
  { db, config }: Needs<'db' | 'config'>,
  { params: { chatId }, query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const log = logStore(db)
  const head = await log.head(chatId)
  if (!head) throw new AppError(notFound)
  const { after, limit } = query
  const rows = await log.read({ chatId, viewerId: null, after, limit: limit + 1 })
  const entries = await composeServiceEntries({ sql: db, config }, chatId, rows.slice(0, limit))
  return { head: head.seq, entries, hasMore: rows.length > limit }
}
