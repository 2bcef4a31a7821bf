import type { Sql } from '@sup/service-kit/postgres'
import type { Message } from '@sup/types'
import { type MessageRow, toMessage } from './message-row.js'
import { messageStore } from './message-store.js'

/** Makes messages of rows: reactions and thread counts are read for all of them together. */
export async function composeMessages(sql: Sql, rows: readonly MessageRow[]): Promise<Message[]> {
  if (rows.length === 0) return []
  const store = messageStore(sql)
  const of = {
    chatIds: [...new Set(rows.map((row) => row.chatId))],
    ids: rows.map((row) => row.id),
  }
  const reactions = await store.reactions(of)
  const threads = await store.threadCounts(of)
  return rows.map((row) =>
    toMessage(row, {
      reactions: row.deletedAt === null ? (reactions.get(row.id) ?? []) : [],
      threadCount: threads.get(row.id) ?? 0,
    }),
  )
}
