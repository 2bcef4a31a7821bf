import type { Sql } from '@sup/service-kit/postgres'
import { LIMITS } from '@sup/types'
import type { LockedChat } from '../chat-log/public.js'
import type { NewRevocation } from '../revocations/public.js'
import { memberStore } from './member-store.js'

/**
 * One revocation of kind `audience` for each member of a chat that shows presence: who may see them has
 * changed with the members. Channels and larger groups show none.
 */
export async function audienceItems(sql: Sql, chat: LockedChat): Promise<NewRevocation[]> {
  if (chat.type === 'channel' || chat.memberCount > LIMITS.membersWithReceipts) return []
  const userIds = await memberStore(sql).memberIds(chat.id)
  return userIds.map((userId) => ({ kind: 'audience', userId }))
}
