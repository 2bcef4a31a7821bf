import { AppError } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import { notFound } from '@sup/types'
import { type LockedChat, chatLogStore } from './chat-log-store.js'

/**
 * Locks chats in id order and reads them in a new statement. Every fact that a change depends on is read
 * after this call.
 *
 * @returns The chats that exist, by id.
 */
export async function lockChats(
  tx: Sql,
  chatIds: readonly string[],
): Promise<Map<string, LockedChat>> {
  const chats = await chatLogStore(tx).lock([...new Set(chatIds)])
  return new Map(chats.map((chat) => [chat.id, chat]))
}

/**
 * Locks one chat.
 *
 * @throws NOT_FOUND when there is none
 */
export async function lockChat(tx: Sql, chatId: string): Promise<LockedChat> {
  const chat = (await lockChats(tx, [chatId])).get(chatId)
  if (!chat) throw new AppError(notFound)
  return chat
}
