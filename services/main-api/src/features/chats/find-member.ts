import { AppError } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import { type Permission, forbidden, insufficientPermissions, notFound } from '@sup/types'
import { type LockedChat, lockChat } from '../chat-log/public.js'
import { type Membership, memberStore } from './member-store.js'
import { chatStore } from './chat-store.js'

/** A locked chat and the caller's membership of it. */
export type OwnChat = { chat: LockedChat; me: Membership }

/**
 * Locks a chat for a change by one of its members.
 *
 * @throws NOT_FOUND for a chat the caller may not know of, FORBIDDEN for a public one not joined
 */
export async function lockOwnChat(tx: Sql, callerId: string, chatId: string): Promise<OwnChat> {
  const chat = await lockChat(tx, chatId)
  const me = (await memberStore(tx).memberships(chatId, [callerId])).get(callerId)
  if (me) return { chat, me }
  const [visible] = await chatStore(tx).read({ userId: callerId }, [chatId])
  throw new AppError(visible ? forbidden : notFound)
}

/** @throws INSUFFICIENT_PERMISSIONS */
export function assertMay(me: Membership, permission: Permission): void {
  if (!me.permissions.includes(permission))
    throw new AppError(insufficientPermissions, { permission })
}
