import { type Chat, type ChatPage, LIMITS, type LogEntry } from '@sup/types'
import type { Reading } from '../../reading.js'
import { composeEntries } from './compose-entries.js'
import { type LogRow, logStore } from './log-store.js'

/** Which part of a chat's log a page shows. */
export type Slice = {
  chat: Chat
  viewerId: string
  /** Position just before the first entry. */
  from: number
  /** At most this many entries. */
  limit: number
  /** At most about this many bytes of JSON, but always one entry. */
  bytes: number
  /** Up to where older entries were left out on purpose. */
  skippedTo?: number
}

/** Contiguous entries of one chat with the digest before them. */
export async function readChatPage(
  reading: Reading,
  slice: Slice,
): Promise<ChatPage & { bytes: number }> {
  const { chat, viewerId, from, limit } = slice
  const log = logStore(reading.sql)
  const baseDigest = await log.digestAt(chat.id, from)
  const rows = await log.read({ chatId: chat.id, viewerId, after: from, limit: limit + 1 })
  const page = rows.slice(0, limit)
  const composed = await composeEntries(reading, { chatId: chat.id, viewerId }, page)
  const { entries, bytes } = withinBytes(composed, slice.bytes)
  return {
    chat,
    baseDigest: baseDigest.toString('hex'),
    from,
    to: entries.at(-1)?.seq ?? from,
    entries,
    more: rows.length > entries.length,
    ...(slice.skippedTo === undefined ? {} : { skippedTo: slice.skippedTo }),
    bytes,
  }
}

/** Cut at the limit. A message that stood with a later entry, now cut off, comes with the next page. */
function withinBytes(all: LogEntry[], limit: number): { entries: LogEntry[]; bytes: number } {
  let bytes = 0
  const entries: LogEntry[] = []
  for (const entry of all) {
    const size = JSON.stringify(entry).length
    if (entries.length > 0 && bytes + size > limit) break
    entries.push(entry)
    bytes += size
  }
  return { entries, bytes }
}

export const PAGE_BYTES = LIMITS.syncPageBytes
export type { LogRow }
