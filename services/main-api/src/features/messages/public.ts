import type { Message } from '@sup/types'
import type { Reading } from '../../reading.js'
import { composeMessages } from './compose-messages.js'
import { messageStore } from './message-store.js'

export { messageStore } from './message-store.js'
export { findVisibleMessage } from './find-message.js'

/** Messages that a viewer may see, by id; the others are left out. */
export async function readMessages(
  reading: Reading,
  viewerId: string,
  ids: readonly string[],
): Promise<Map<string, Message>> {
  if (ids.length === 0) return new Map()
  const messages = await composeMessages(
    reading,
    await messageStore(reading.sql).byIds(viewerId, ids),
  )
  return new Map(messages.map((message) => [message.id, message]))
}

/** Messages as they are, without a viewer; for services, which hide them from the people concerned. */
export async function readRawMessages(
  reading: Reading,
  chatId: string,
  ids: readonly string[],
): Promise<Map<string, { message: Message; hiddenFor: readonly string[] }>> {
  if (ids.length === 0) return new Map()
  const rows = await messageStore(reading.sql).rawByIds(chatId, ids)
  const messages = await composeMessages(reading, rows)
  return new Map(
    messages.map((message, i) => [message.id, { message, hiddenFor: rows[i]?.hiddenFor ?? [] }]),
  )
}
