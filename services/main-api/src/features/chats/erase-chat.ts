import type { Sql } from '@sup/service-kit/postgres'
import type { Needs } from '../../deps.js'
import { eraseUnused, pictureFiles } from '../media/public.js'
import { revocations } from '../revocations/public.js'
import { accountChanges } from '../users/public.js'
import { type MemberChange, noChange } from './add-to-chat.js'
import { audienceItems } from './audience-items.js'
import { chatChangeStore } from './chat-change-store.js'
import type { OwnChat } from './find-member.js'
import { memberStore } from './member-store.js'

/** Content is erased for all; nobody is a member any more. */
export async function eraseChat(
  { tx, clock }: { tx: Sql } & Needs<'clock'>,
  { chat }: OwnChat,
): Promise<MemberChange> {
  const concerned = await audienceItems(tx, chat)
  const { avatarUrl } = await chatChangeStore(tx).settings(chat.id)
  const files = await chatChangeStore(tx).files(chat.id)
  await chatChangeStore(tx).erase({ id: chat.id, at: clock.now().toISOString() })
  const userIds = await memberStore(tx).removeAll(chat.id)
  await memberStore(tx).recount(chat.id)
  const changes = accountChanges(tx, { clock })
  const change = noChange(chat.id)
  for (const userId of userIds) {
    const gone = { type: 'chat_removed', chatId: chat.id, reason: 'deleted' } as const
    change.removed.push({ userId, change: await changes.add(userId, gone) })
  }
  change.revoked = await revocations(tx, { clock }).add(
    ...userIds.map((userId) => ({ kind: 'membership' as const, userId, chatId: chat.id })),
    ...concerned,
  )
  await eraseUnused(tx, [...files, ...pictureFiles(avatarUrl)])
  return change
}
