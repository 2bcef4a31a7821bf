import type { Sql } from '@sup/service-kit/postgres'
import type { Message } from '@sup/types'
import { composeMessages } from './compose-messages.js'
import { messageStore } from './message-store.js'

export { messageStore } from './message-store.js'
export { findVisibleMessage } from './find-message.js'

/** Messages that a viewer may see, by id; the others are left out. */
export async function readMessages(
  sql: Sql,
  viewerId: string,
  ids: readonly string[],
): Promise<Map<string, Message>> {
  if (ids.length === 0) return new Map()
  const messages = await composeMessages(sql, await messageStore(sql).byIds(viewerId, ids))
  return new Map(messages.map((message) => [message.id, message]))
}

/** Messages as they are, without a viewer; for services, which hide them from the people concerned. */
export async function readRawMessages(
  sql: Sql,
  chatId: string,
  ids: readonly string[],
): Promise<Map<string, { message: Message; hiddenFor: readonly string[] }>> {
  if (ids.length === 0) return new Map()
  const rows = await messageStore(sql).rawByIds(chatId, ids)
  const messages = await composeMessages(sql, rows)
  return new Map(
    messages.map((message, i) => [message.id, { message, hiddenFor: rows[i]?.hiddenFor ?? [] }]),
  )
}
