import { AppError } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import { type Permission, insufficientPermissions, notFound } from '@sup/types'
import { type LockedChat, lockChat } from '../chat-log/public.js'
import { changeStore } from './change-store.js'
import type { MessageRow } from './message-row.js'
import { messageStore } from './message-store.js'

/**
 * A message that the viewer may see.
 *
 * @throws NOT_FOUND for an unknown message as for one that is not visible
 */
export async function findVisibleMessage(
  sql: Sql,
  viewerId: string,
  id: string,
): Promise<MessageRow> {
  const [row] = await messageStore(sql).byIds(viewerId, [id])
  if (!row) throw new AppError(notFound)
  return row
}

/** A message whose chat is locked, and what the caller may do in that chat. */
export type LockedMessage = {
  chat: LockedChat
  row: MessageRow
  permissions: readonly Permission[]
}

/**
 * Locks the chat of a message, then reads the message and the caller's permissions.
 *
 * @throws NOT_FOUND
 */
export async function lockMessage(tx: Sql, callerId: string, id: string): Promise<LockedMessage> {
  const chatId = await messageStore(tx).chatOf(id)
  if (chatId === undefined) throw new AppError(notFound)
  const chat = await lockChat(tx, chatId)
  const row = await findVisibleMessage(tx, callerId, id)
  const permissions = await changeStore(tx).permissions({ chatId, userId: callerId })
  return { chat, row, permissions }
}

/** @throws INSUFFICIENT_PERMISSIONS naming the permission that is missing */
export function assertPermission(permissions: readonly Permission[], permission: Permission): void {
  if (!permissions.includes(permission)) throw new AppError(insufficientPermissions, { permission })
}
