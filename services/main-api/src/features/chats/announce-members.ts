import { type UserHint, userChannel } from '@sup/types'
import type { Needs } from '../../deps.js'
import { publishEntries } from '../chat-log/public.js'
import { hintRevocations } from '../revocations/public.js'
import { hintAccount } from '../users/public.js'
import type { MemberChange } from './add-to-chat.js'
import { readChat } from './read-chats.js'

type Needed = Needs<'db' | 'hints' | 'log' | 'config'>

/** Larger additions are found by `heads` and sync: building every view at once would hold up others. */
const ANNOUNCED_VIEWS = 100

/**
 * Announces a committed change of members. Nodes join or leave the chat before its entries arrive;
 * nothing here may fail the request, because sync repairs what is lost.
 */
export async function announceMembers(needs: Needed, change: MemberChange): Promise<void> {
  const { chatId, added, removed, entries, revoked } = change
  for (const userId of added) await hintMembership(needs, userId, { chatId, action: 'added' })
  for (const { userId } of removed) {
    await hintMembership(needs, userId, { chatId, action: 'removed' })
  }
  await hintRevocations(needs, revoked)
  await publishEntries(
    needs,
    entries.map((entry) => ({ entry })),
  )
  for (const { userId, change: gone } of removed) await hintAccount(needs, userId, gone)
  void announceViews(needs, chatId, { added, at: entries[0]?.at })
}

async function hintMembership(
  { hints }: Needed,
  userId: string,
  { chatId, action }: { chatId: string; action: 'added' | 'removed' },
): Promise<void> {
  const hint: UserHint = { type: 'membership', chatId, action }
  await hints.publish(userChannel(userId), hint)
}

async function announceViews(
  needs: Needed,
  chatId: string,
  { added, at }: { added: readonly string[]; at: string | undefined },
): Promise<void> {
  if (at === undefined) return
  for (const userId of added.slice(0, ANNOUNCED_VIEWS)) {
    try {
      const chat = await readChat({ sql: needs.db, ...needs }, { userId }, chatId)
      await hintAccount(needs, userId, { type: 'chat_added', chat, at })
    } catch (err) {
      needs.log.warn('a new chat was not announced', { err, chatId })
    }
  }
}
