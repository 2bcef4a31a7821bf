import type { Message } from '@sup/types'
import type { Reading } from '../../reading.js'
import { readFiles } from '../media/public.js'
import { type MessageRow, toMessage } from './message-row.js'
import { messageStore } from './message-store.js'

/** Makes messages of rows: reactions, thread counts and files are read for all of them together. */
export async function composeMessages(
  reading: Reading,
  rows: readonly MessageRow[],
): Promise<Message[]> {
  if (rows.length === 0) return []
  const store = messageStore(reading.sql)
  const of = {
    chatIds: [...new Set(rows.map((row) => row.chatId))],
    ids: rows.map((row) => row.id),
  }
  const reactions = await store.reactions(of)
  const threads = await store.threadCounts(of)
  const filesOf = await readFiles(reading, rows)
  return rows.map((row) =>
    toMessage(row, {
      reactions: row.deletedAt === null ? (reactions.get(row.id) ?? []) : [],
      threadCount: threads.get(row.id) ?? 0,
      attachments: filesOf(row),
    }),
  )
}
